// What every call takes and gives, who may make it and how it may fail. Where it is stands in calls.ts, by the same names; from
// both follow the server's registration, the client's types, the fixtures of tests and docs/api.md.
import { z } from "zod";
import type { Right } from "../access/principal.ts";
import type { ErrorCode } from "../errors/codes.ts";
import * as bodies from "./bodies.ts";
import type { CallName } from "./calls.ts";
import { logFollowBodySchema } from "./log-follow-body.ts";
import { requestPayloadSchema } from "./request-payload.ts";
import * as results from "./results.ts";

/** long: may take minutes, as clouds do. short: answered from what is known, or by one question. */
export type Lane = "long" | "short";

export interface Route {
  /** Of the request that it makes; null: it makes none. */
  readonly lane: Lane | null;
  /** The right it takes. */
  readonly action: Right;
  /** What it is about, and what the right is asked for. */
  readonly on: string;
  /** null: no JSON is read. */
  readonly body: z.ZodType | null;
  readonly result: z.ZodType;
  /** Beside those of every call: bad-request, too-large, forbidden, version-mismatch, disk-full, internal. */
  readonly errors: readonly ErrorCode[];
  /** Names after the question mark. */
  readonly query: readonly string[];
}

/** As written in the table below. */
function route<
  Body extends z.ZodType | null,
  Result extends z.ZodType,
  const Errors extends readonly ErrorCode[] = [],
  const Query extends readonly string[] = [],
>(
  lane: Lane | null,
  [action, on]: readonly [Right, string],
  body: Body,
  result: Result,
  more: { readonly errors?: Errors; readonly query?: Query } = {},
) {
  const { errors = [], query = [] } = more;
  return { lane, action, on, body, result, errors, query: query as Query };
}

/** Nothing that a client decides by. */
const anything = z.unknown();
/** Not one document; its form is told by the content type. */
const bytes = z.unknown();
const listOfAnything = z.array(z.unknown());

const ofCluster = ["cluster-not-found", "cluster-not-up", "agent-unreachable"] as const;
const ofJob = ["cluster-not-found", "job-not-found", "agent-unreachable"] as const;
const ofPlan = ["bad-yaml", "resources-unavailable", "no-cloud-access"] as const;
const ofHub = ["bad-value", "server-unreachable"] as const;
const ofRequest = ["request-not-found", "request-ambiguous"] as const;
const ofLogin = ["not-authenticated"] as const;

export const routes = {
  launch: route("long", ["change", "clusters"], bodies.launchBodySchema, results.submittedSchema, {
    errors: [
      "bad-yaml",
      "bad-value",
      "bad-cluster-name",
      "resources-mismatch",
      "resources-unavailable",
      "no-cloud-access",
      "provision-failed",
      "setup-failed",
    ],
  }),
  exec: route("long", ["change", "clusters"], bodies.execBodySchema, results.submittedSchema, {
    errors: ["bad-yaml", "cluster-not-found", "cluster-not-up", "resources-mismatch", "agent-unreachable"],
  }),
  status: route("short", ["read", "clusters"], bodies.statusBodySchema, z.array(results.clusterRowSchema)),
  start: route("long", ["change", "clusters"], bodies.startBodySchema, anything, {
    errors: ["cluster-not-found", "provision-failed", "setup-failed"],
  }),
  stop: route("short", ["change", "clusters"], bodies.stopOrDownBodySchema, anything, {
    errors: ["cluster-not-found", "not-supported"],
  }),
  down: route("short", ["change", "clusters"], bodies.stopOrDownBodySchema, anything, {
    errors: ["cluster-not-found"],
  }),
  autostop: route("short", ["change", "clusters"], bodies.autostopBodySchema, anything, {
    errors: ["cluster-not-found", "cluster-not-up"],
  }),
  endpoints: route("short", ["read", "clusters"], bodies.endpointsBodySchema, results.addressesSchema, {
    errors: ["cluster-not-found", "cluster-not-up"],
  }),
  cost_report: route("short", ["read", "clusters"], bodies.costReportBodySchema, z.array(results.costRowSchema)),
  cluster_events: route("short", ["read", "clusters"], bodies.clusterEventsBodySchema, results.clusterEventsSchema, {
    errors: ["cluster-not-found", "bad-value"],
  }),
  provision_logs: route(null, ["read", "clusters"], bodies.provisionLogsBodySchema, bytes, {
    errors: ["cluster-not-found"],
    query: ["tail", "follow"],
  }),
  queue: route("short", ["read", "jobs"], bodies.queueBodySchema, z.array(results.jobRowSchema), { errors: ofCluster }),
  job_status: route("short", ["read", "jobs"], bodies.jobStatusBodySchema, results.jobStatesSchema, {
    errors: ofCluster,
  }),
  cancel: route("short", ["change", "jobs"], bodies.cancelBodySchema, anything, { errors: ofJob }),
  logs: route("short", ["read", "jobs"], bodies.logsBodySchema, bytes, { errors: ofJob }),
  hook_logs: route("short", ["read", "jobs"], bodies.hookLogsBodySchema, bytes, { errors: ["not-implemented"] }),
  "logs.frames": route(null, ["read", "jobs"], logFollowBodySchema, bytes, { errors: ofJob }),
  download_logs: route("short", ["read", "jobs"], bodies.downloadLogsBodySchema, results.namesOfFoldersSchema, {
    errors: ofJob,
  }),
  download: route(null, ["read", "files"], bodies.downloadBodySchema, bytes),
  "jobs.queue": route("short", ["read", "jobs"], bodies.baseBodySchema, listOfAnything),
  "jobs.queue_v2": route("short", ["read", "jobs"], bodies.managedQueueBodySchema, results.managedQueueSchema),
  "jobs.pool_status": route("short", ["read", "jobs"], bodies.poolNamesBodySchema, listOfAnything),
  "serve.status": route("short", ["read", "serve"], bodies.serviceNamesBodySchema, listOfAnything),
  overview: route(null, ["read", "clusters"], bodies.overviewBodySchema, results.overviewSchema),
  top: route(null, ["read", "clusters"], bodies.topBodySchema, results.topSchema),
  "recipes.get": route("short", ["read", "tasks"], bodies.recipeBodySchema, anything, { errors: ["not-implemented"] }),
  validate: route(null, ["read", "tasks"], bodies.validateBodySchema, z.null(), { errors: ["bad-yaml"] }),
  optimize: route("short", ["read", "prices"], bodies.optimizeBodySchema, anything, { errors: ofPlan }),
  plan: route(null, ["read", "prices"], bodies.launchBodySchema, results.planSchema, { errors: ofPlan }),
  offers: route(null, ["read", "prices"], bodies.offersBodySchema, results.pricesSchema, {
    errors: ["bad-yaml", "resources-unavailable"],
  }),
  explain: route(null, ["read", "prices"], bodies.explainBodySchema, results.pricesSchema, { errors: ["bad-yaml"] }),
  list_accelerators: route(
    "short",
    ["read", "prices"],
    bodies.listAcceleratorsBodySchema,
    z.record(z.string(), z.array(results.acceleratorRowSchema)),
    { errors: ["bad-value"] },
  ),
  list_accelerator_counts: route(
    "short",
    ["read", "prices"],
    bodies.listAcceleratorCountsBodySchema,
    z.record(z.string(), z.array(z.number())),
    { errors: ["bad-value"] },
  ),
  "catalog.update": route("long", ["administer", "prices"], bodies.catalogUpdateBodySchema, listOfAnything, {
    errors: ["bad-value"],
  }),
  check: route("short", ["read", "infrastructure"], bodies.checkBodySchema, results.checkedCloudsSchema),
  enabled_clouds: route("short", ["read", "infrastructure"], null, z.array(z.string()), {
    query: ["workspace", "expand"],
  }),
  enabled_clouds_batch: route("short", ["read", "infrastructure"], null, z.record(z.string(), z.array(z.string())), {
    query: ["workspaces", "expand"],
  }),
  all_contexts: route("short", ["read", "infrastructure"], null, listOfAnything),
  "kubernetes.allowed_nodes": route(null, ["read", "infrastructure"], null, listOfAnything),
  ssh_node_pools: route(null, ["read", "infrastructure"], null, z.record(z.string(), z.unknown())),
  storage_ls: route("short", ["read", "storage"], null, listOfAnything),
  volume_list: route("short", ["read", "volumes"], null, listOfAnything),
  "doctor.leaks": route("short", ["read", "machines"], bodies.baseBodySchema, results.leaksSchema),
  "doctor.adopt": route(
    "long",
    ["administer", "machines"],
    bodies.adoptBodySchema,
    z.object({ clusters: z.array(z.unknown()) }),
    { errors: ["cluster-not-found", "cluster-name-taken"] },
  ),
  "doctor.remove_leaks": route(
    "short",
    ["administer", "machines"],
    bodies.removeLeaksBodySchema,
    z.object({ cids: z.array(z.string()) }),
    { errors: ["cluster-not-found"] },
  ),
  events: route(null, ["read", "events"], null, bytes, {
    errors: ["server-unreachable"],
    query: ["since", "follow", "cluster"],
  }),
  "events.credentials": route(
    null,
    ["administer", "events"],
    bodies.credentialsBodySchema,
    results.monitorAccessSchema,
    { errors: ofHub },
  ),
  "events.monitors": route(null, ["administer", "events"], null, z.array(results.monitorRowSchema), {
    errors: ["server-unreachable"],
  }),
  "events.revoke": route(
    null,
    ["administer", "events"],
    bodies.revokeBodySchema,
    z.object({ revoked: z.array(z.string()) }),
    { errors: ofHub },
  ),
  "upload.known": route(null, ["read", "files"], null, z.object({ exists: z.boolean() }), {
    query: ["user_hash", "blob_id", "size_bytes"],
  }),
  upload: route(null, ["change", "files"], null, results.uploadedSchema, {
    errors: ["too-large", "disk-full"],
    query: ["user_hash", "upload_id", "chunk_index", "total_chunks"],
  }),
  "upload.v1": route(null, ["change", "files"], null, results.uploadedSchema, {
    errors: ["too-large", "disk-full"],
    query: ["user_hash", "upload_id", "chunk_index", "total_chunks"],
  }),
  health: route(null, ["read", "server"], null, results.healthSchema),
  "request.get": route(null, ["read", "requests"], null, requestPayloadSchema, {
    errors: ofRequest,
    query: ["request_id"],
  }),
  "request.stream": route(null, ["read", "requests"], null, bytes, {
    errors: ofRequest,
    query: ["request_id", "log_path", "follow", "tail", "offset", "format"],
  }),
  "request.list": route(null, ["read", "requests"], null, z.array(requestPayloadSchema), {
    errors: ["bad-request"],
    query: ["request_ids", "all_status", "cluster_name", "fields", "limit"],
  }),
  api_cancel: route("short", ["change", "requests"], bodies.cancelRequestsBodySchema, z.array(z.string())),
  completion: route(null, ["read", "names"], null, z.array(z.string()), { query: ["incomplete", "cluster_name"] }),
  plugins: route(null, ["read", "server"], null, z.object({ plugins: z.array(z.unknown()) })),
  users: route(null, ["read", "users"], null, z.array(results.userRowSchema)),
  "users.role": route(null, ["read", "users"], null, results.userRowSchema),
  "users.workspace": route(null, ["read", "users"], null, z.unknown(), { errors: ofLogin }),
  "users.set_workspace": route(null, ["read", "users"], null, z.unknown(), { errors: ofLogin }),
  "users.tokens": route(null, ["read", "users"], null, z.unknown(), { errors: ofLogin }),
  "workspaces.get": route("short", ["read", "workspaces"], null, z.record(z.string(), z.unknown())),
  "workspaces.get_config": route("short", ["read", "workspaces"], null, z.record(z.string(), z.unknown())),
  dashboard_config: route(null, ["read", "server"], null, z.object({ external_links: z.array(z.unknown()) })),
  home: route(null, ["read", "server"], null, z.unknown()),
} satisfies Readonly<Record<CallName, Route>>;

type Routes = typeof routes;

/** The body as a caller writes it; what every body has is added by the client. */
export type CallBody<Name extends CallName> = Name extends CallName
  ? Routes[Name]["body"] extends z.ZodType
    ? Immutable<z.input<Routes[Name]["body"]>>
    : undefined
  : never;
/** The body as the server has read it. */
export type ReadBody<Name extends CallName> = Routes[Name]["body"] extends z.ZodType
  ? z.output<Routes[Name]["body"]>
  : undefined;
/** The answer, or the value of the request. */
export type CallResult<Name extends CallName> = Immutable<z.output<Routes[Name]["result"]>>;
type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;
/** Names after the question mark. */
export type CallQuery<Name extends CallName> = Routes[Name]["query"][number];
