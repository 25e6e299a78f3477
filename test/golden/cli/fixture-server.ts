// A server with a few clusters and jobs that never change: what transcripts of the command line are made against.
import { encodeLogFrame, LOG_FRAMES_TYPE, type LogFrame } from "#shared/api/log-frames.ts";
import { calls as table, type CallName } from "#shared/api/calls.ts";
import { routes, type Route } from "#shared/api/routes.ts";
import { api } from "#shared/version.ts";

/** The instant at which every transcript is made, in seconds. */
export const fixtureNow = 1_800_000_000;

interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly type: string; readonly message: string; readonly stix?: unknown };
  readonly log?: string;
}

export interface FixtureServer extends Disposable {
  readonly url: string;
  /** "POST /down {cluster_name: …}" in order, without base fields. */
  readonly calls: readonly string[];
}

const baseFields = ["env_vars", "entrypoint", "entrypoint_command", "using_remote_api_server", "override_skypilot_config", "override_skypilot_config_path", "client_api_version", "workspace_access"];

export function startFixtureServer(): FixtureServer {
  const outcomes = new Map<string, Outcome>();
  const calls: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const url = new URL(request.url);
      const text = request.method === "POST" ? await request.text() : "";
      const body: Record<string, unknown> = text.startsWith("{") ? JSON.parse(text) : {};
      for (const name of baseFields) delete body[name];
      if (!["request.get", "request.stream"].includes(nameOf(request.method, url.pathname) ?? "")) calls.push(`${request.method} ${url.pathname}${request.method === "POST" ? ` ${JSON.stringify(body)}` : url.search}`);
      return withHeaders(answer(request.method, url, body, outcomes));
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, calls, [Symbol.dispose]: () => void server.stop(true) };
}

function withHeaders(response: Response): Response {
  response.headers.set("x-skypilot-api-version", String(api.version));
  response.headers.set("x-skypilot-version", api.compatibleWith);
  return response;
}

function answer(method: string, url: URL, body: Record<string, unknown>, outcomes: Map<string, Outcome>): Response {
  const id = url.searchParams.get("request_id") ?? "";
  const name = nameOf(method, url.pathname);
  if (name === undefined) return Response.json({ detail: "Not Found" }, { status: 404 });
  const { body: schema }: Route = routes[name];
  const read = schema?.safeParse(body);
  if (read?.success === false) return Response.json({ detail: read.error.issues }, { status: 422 });
  switch (name) {
    case "health":
      return Response.json({ status: "healthy", api_version: String(api.version), version: "0.14.1", version_on_disk: "0.14.1", commit: "fixture", user: { id: "abcdef01", name: "ana" } });
    case "request.get":
      return recordOf(id, outcomes.get(id));
    case "request.stream":
      return new Response(outcomes.get(id)?.log ?? "", { headers: { "x-skypilot-stream-request-id": id } });
    case "request.list":
      return Response.json(requests);
    case "completion":
      return Response.json(clusters.map((one) => one.name));
    case "overview":
      return Response.json({ enabled_infra: ["local"], workspace: "default", clusters: selected(body["cluster_names"]), jobs: [], services: [], pools: [] });
    case "logs.frames":
      return new Response(Buffer.concat(logFrames(body)), { headers: { "content-type": LOG_FRAMES_TYPE } });
    default: {
      const outcome = outcomeOf(name, body);
      if (outcome === undefined) return Response.json({ detail: "Not Found" }, { status: 404 });
      const made = `${String(outcomes.size + 1).padStart(8, "0")}-0000-4000-8000-000000000000`;
      outcomes.set(made, outcome);
      return new Response("null", { headers: { "x-skypilot-request-id": made, "content-type": "application/json" } });
    }
  }
}

function nameOf(method: string, path: string): CallName | undefined {
  return Object.keys(table)
    .filter(isCallName)
    .find((name) => table[name].method === method && new RegExp(`^${table[name].path.replaceAll(/:\w+/g, "[^/]+")}$`).test(path));
}

function isCallName(name: string): name is CallName {
  return Object.hasOwn(table, name);
}

function recordOf(id: string, outcome: Outcome | undefined): Response {
  if (outcome === undefined) return Response.json({ detail: `Request '${id}' not found` }, { status: 404 });
  const record = { request_id: id, name: "sky.any", entrypoint: "gAROLg==", request_body: "gAROLg==", status: outcome.error === undefined ? "SUCCEEDED" : "FAILED", return_value: JSON.stringify(outcome.value ?? null), error: JSON.stringify(outcome.error ?? null) };
  return outcome.error === undefined ? Response.json(record) : Response.json({ detail: record }, { status: 500 });
}

function outcomeOf(name: CallName, body: Record<string, unknown>): Outcome | undefined {
  const cluster = String(body["cluster_name"]);
  const known = clusters.find((one) => one.name === cluster);
  const missing: Outcome = { error: { type: "ClusterDoesNotExist", message: `Cluster '${cluster}' does not exist.`, stix: { code: "cluster-not-found", hint: "stix status", details: {} } } };
  switch (name) {
    case "status":
      return { value: selected(body["cluster_names"]) };
    case "queue":
      return known === undefined ? missing : { value: cluster === "train" ? jobs : [] };
    case "job_status":
      return { value: Array.isArray(body["job_ids"]) && body["job_ids"][0] === 99 ? { "99": null } : { "2": "FAILED" } };
    case "launch":
      return { value: { job_id: 3, handle: null }, log: '<sky-payload>"<rich_start>[bold cyan]Launching[/]</rich_start>"</sky-payload>\nCluster is up.\n<sky-payload>"<rich_exit></rich_exit>"</sky-payload>\nJob submitted, ID: 3\n' };
    case "exec":
      if (known === undefined) return missing;
      return known.status === "STOPPED"
        ? { error: { type: "ClusterNotUpError", message: `cluster '${cluster}' is STOPPED`, stix: { code: "cluster-not-up", hint: `stix start ${cluster}`, details: {} } } }
        : { value: { job_id: 3, handle: null }, log: "Job submitted, ID: 3\n" };
    case "optimize":
      return { value: null, log: "Considered resources (1 node):\n INFRA   COST ($)   CHOSEN\n local   0.00       ✔\n" };
    case "down":
    case "stop":
    case "start":
    case "autostop":
    case "cancel":
      return known === undefined ? missing : { value: null, log: "" };
    case "check":
      return { value: { default: { Local: ["compute"] } }, log: "Checking credentials to enable infra.\n  Local: enabled [compute]\n" };
    case "cost_report":
      return { value: costs };
    case "list_accelerator_counts":
      return { value: { H100: [1, 8], V100: [1, 4], "tpu-v3-8": [1], Gaudi: [8] } };
    case "list_accelerators":
      return { value: String(body["name_filter"]).includes("NOSUCH") ? {} : offers };
    case "api_cancel":
      return { value: Array.isArray(body["request_ids"]) ? body["request_ids"] : [] };
    default:
      return undefined;
  }
}

function selected(names: unknown): readonly unknown[] {
  if (!Array.isArray(names)) return clusters;
  return clusters.filter((one) => names.some((name) => new Bun.Glob(String(name)).match(one.name)));
}

function aCluster(change: Record<string, unknown>): { readonly name: string; readonly status: string } & Record<string, unknown> {
  return {
    name: "train", status: "UP", launched_at: fixtureNow - 3_700, autostop: -1, to_down: false, nodes: 1, cloud: "AWS", region: "us-east-1", workspace: "default",
    user_name: "ana", user_hash: "abcdef01", resources_str: "1x(gpus=A100:8, p4d.24xlarge, ...)", resources_str_full: "1x(gpus=A100:8, cpus=96, mem=1152, p4d.24xlarge, disk=256)",
    last_creation_command: "sky launch -c train task.yaml", last_event: "Cluster is UP", init_kind: null,
    handle: { cluster_name: "train", stable_internal_external_ips: [["10.0.0.4", "52.1.2.3"]], launched_resources: { infra: "aws/us-east-1/us-east-1a" } },
    ...change,
  };
}

const clusters = [
  aCluster({}),
  aCluster({ name: "dev", status: "STOPPED", cloud: "Local", region: null, handle: null, autostop: 30, resources_str: "1x(cpus=4, mem=16, -)", resources_str_full: "1x(cpus=4, mem=16)", launched_at: fixtureNow - 90_000 }),
  aCluster({ name: "dev-2", status: "INIT", init_kind: "unhealthy", cloud: "GCP", region: "northamerica-northeast1", handle: null, autostop: 120, to_down: true, launched_at: fixtureNow - 30 }),
];

const jobs = [
  { job_id: 1, job_name: "prepare", username: "ana", user_hash: "abcdef01", submitted_at: fixtureNow - 3_600, start_at: fixtureNow - 3_590, end_at: fixtureNow - 3_000, resources: "1x[CPU:1+]", status: "SUCCEEDED", log_path: "~/sky_logs/1-prepare", metadata: {} },
  { job_id: 2, job_name: "train", username: "ana", user_hash: "abcdef01", submitted_at: fixtureNow - 120, start_at: fixtureNow - 60, end_at: null, resources: "1x[A100:8]", status: "RUNNING", log_path: "~/sky_logs/2-train", metadata: { git_commit: "0a1b2c3" } },
  { job_id: 3, job_name: null, username: "ana", user_hash: "abcdef01", submitted_at: fixtureNow - 5, start_at: null, end_at: null, resources: "1x[A100:1]", status: "PENDING", log_path: "~/sky_logs/3-sky-cmd", metadata: {} },
];

const requests = [
  { request_id: "11111111-2222-4333-8444-555555555555", name: "sky.launch", user_name: "ana", user_id: "abcdef01", cluster_name: "train", created_at: fixtureNow - 20, status: "RUNNING" },
  { request_id: "21111111-2222-4333-8444-555555555555", name: "sky.status", user_name: "ana", user_id: "abcdef01", cluster_name: null, created_at: fixtureNow - 4_000, status: "FAILED" },
];

const costs = [
  { name: "train", launched_at: fixtureNow - 3_700, duration: 3_700, num_nodes: 1, status: "UP", total_cost: 33.68, resources: { infra: "aws", instance_type: "p4d.24xlarge" } },
  { name: "old", launched_at: fixtureNow - 864_000, duration: 7_200, num_nodes: 2, status: null, total_cost: 4, resources: { infra: "gcp", instance_type: "n2-standard-8" } },
];

const offers = {
  H100: [
    ["AWS", "p5.48xlarge", "H100", 8, 192, 80, 2048, 55.04, 9.279, "us-west-2"],
    ["Hyperbolic", "1x-H100-75-722", "H100", 1, 75, 80, 722, 1.29, null, "default"],
    ["GCP", null, "H100", 1, null, 80, null, 9.9, 3.1, "us-central1-a"],
  ],
};

function logFrames(body: Record<string, unknown>): Uint8Array[] {
  const failed = body["job_id"] === 2;
  const job: LogFrame = { t: "job", jobId: failed ? 2 : 3, name: "train", state: "RUNNING", attempt: 1, ranks: [{ rank: 0, nodeName: "head", ip: "10.0.0.4", pid: 77 }], clusterNodes: 1 };
  return [
    encodeLogFrame(job),
    encodeLogFrame({ t: "out", attempt: 1, stream: "run", rank: 0, off: 0 }, new TextEncoder().encode("hello\nworld\n")),
    encodeLogFrame({ t: "end", jobId: failed ? 2 : 3, state: failed ? "FAILED" : "SUCCEEDED" }),
  ];
}
