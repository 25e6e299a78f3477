// Requests themselves: wait for one, follow its log, list them, and whether the server is well.
import type { Context } from "hono";
import type { RequestRecord } from "#controller/ports/requests.ts";
import { requestFields } from "#shared/api/request-payload.ts";
import { cloudName, cloudNames } from "#controller/operations/known-clouds.ts";
import { requestLife, requestState, isRequestTerminal } from "#shared/lifecycle/request.ts";
import { api, commit, version } from "#shared/version.ts";
import { clientApiNumber } from "../gates/answer-headers.ts";
import { answerWith } from "../gates/read-body.ts";
import { requestPayload, requestSummary } from "../skypilot/request-record.ts";
import { streamFile, streamRequest, tailOffset } from "../streams/request-stream.ts";
import { realFolder } from "../gates/same-folder.ts";
import type { Handlers } from "./register-calls.ts";
import type { ServerEnv, Service } from "../service.ts";

const STATUS_LIMIT_DEFAULT = 1_000;
const COMPLETIONS_MAX = 200;
/** Somebody waits at the Tab key. */
const COMPLETION_TIMEOUT_MS = 1_500;
const LOG_POLL_MS = 200;
const textHeaders = { "content-type": "text/plain; charset=utf-8" };

export function requestHandlers(service: Service) {
  const { world, worker } = service;
  return {
    health: () => ({
      status: "healthy",
      api_version: String(api.version),
      version: api.compatibleWith,
      version_on_disk: api.compatibleWith,
      commit,
      user: null,
      basic_auth_enabled: false,
      service_account_token_enabled: false,
      ingress_basic_auth_enabled: false,
      external_proxy_auth_enabled: false,
      latest_version: null,
      telemetry_enabled: false,
      restrict_config_to_admins: false,
      stix_version: version,
      pid: process.pid,
      state_folder: realFolder(world.paths.root),
    }),

    "request.get": async ({ c }) => {
      c.env.keepOpen(c.req.raw);
      const found = await findRequest(service, c.req.query("request_id") ?? "");
      const ended = await worker.ended(found.id, c.req.raw.signal);
      if (ended === null) throw notFound(found.id);
      const payload = requestPayload(ended, clientApiNumber(c.req.raw));
      return ended.state === requestState.FAILED ? c.json({ detail: payload }, 500) : payload;
    },

    "request.stream": ({ c }) =>
      c.req.query("log_path") === undefined ? streamOne(c, service) : streamServerLog(c, service),

    "request.list": async ({ c }) => {
      const fields = c.req.queries("fields") ?? null;
      const unknown = (fields ?? []).filter((field) => !requestFields.some((known) => known === field));
      if (unknown.length > 0)
        throw answerWith(400, {
          detail: `Unknown request field(s): ${pythonList(unknown)}. Valid fields: ${pythonList(requestFields)}`,
        });
      const ids = c.req.queries("request_ids");
      const clusterName = c.req.query("cluster_name");
      const limit = Number(c.req.query("limit") ?? STATUS_LIMIT_DEFAULT);
      const isAll = isTrue(c.req.query("all_status")) || ids !== undefined;
      const found =
        ids === undefined
          ? null
          : (await Promise.all(ids.map((id) => world.requests.findByPrefix(id, STATUS_LIMIT_DEFAULT))))
              .flat()
              .map((request) => request.id);
      const requests = await world.requests.list({
        ...(found === null ? {} : { ids: found }),
        ...(isAll ? {} : { states: requestLife.open }),
        ...(clusterName === undefined ? {} : { clusterName }),
        limit: Number.isInteger(limit) && limit > 0 ? limit : STATUS_LIMIT_DEFAULT,
      });
      return requests.map((request) => requestSummary(request, clientApiNumber(c.req.raw), fields));
    },

    completion: ({ c }) =>
      completions(
        service,
        c.req.param("what") ?? "",
        c.req.query("incomplete") ?? "",
        c.req.query("cluster_name") ?? "",
      ),
  } satisfies Partial<Handlers>;
}

/** Words of a kind that begin so. Throws 404 for an unknown kind. */
async function completions(
  service: Service,
  what: string,
  incomplete: string,
  clusterName: string,
): Promise<readonly string[]> {
  const { world } = service;
  switch (what) {
    case "cluster_name":
      return (await world.clusters.list())
        .map((cluster) => cluster.name)
        .filter((name) => name.startsWith(incomplete))
        .slice(0, COMPLETIONS_MAX);
    case "api_request":
      return (await world.requests.findByPrefix(incomplete, COMPLETIONS_MAX)).map((request) => request.id);
    case "job_id":
      return await jobIds(service, clusterName, incomplete);
    case "infra":
      return placesBegunWith(service, incomplete);
    case "accelerator":
      return world
        .catalog()
        .devices()
        .map((device) => device.name)
        .filter((name) => name.toLowerCase().startsWith(incomplete.toLowerCase()))
        .slice(0, COMPLETIONS_MAX);
    case "storage_name":
    case "volume_name":
      return [];
    default:
      throw answerWith(404, { detail: "Not Found" });
  }
}

/** Clouds, and after a slash the regions of one. */
function placesBegunWith({ world }: Service, begun: string): readonly string[] {
  const [written = "", ...region] = begun.split("/");
  if (region.length === 0) return cloudNames(world).filter((name) => name.startsWith(begun));
  const regions = world.catalog().view(cloudName(written)).table.regions;
  return regions
    .map((name) => `${written}/${name}`)
    .filter((name) => name.startsWith(begun))
    .slice(0, COMPLETIONS_MAX);
}

/** Jobs of a cluster, newest first, each with its name and state after a tab; none of a cluster that does not answer soon. */
async function jobIds({ world }: Service, clusterName: string, incomplete: string): Promise<readonly string[]> {
  const cluster = await world.clusters.findByName(clusterName);
  if (cluster === null) return [];
  const call = { skipFinished: false, userHash: null, limit: COMPLETIONS_MAX };
  const answer = await world.agents
    .call(cluster.cid, "job.list", call, { timeoutMs: COMPLETION_TIMEOUT_MS })
    .catch(() => null);
  return (answer?.jobs ?? [])
    .filter((job) => String(job.jid).startsWith(incomplete))
    .map((job) => `${job.jid}\t${job.name ?? "-"} ${job.state}`);
}

/** The request of this id or unique beginning. Throws 404, 400. */
export async function findRequest({ world }: Service, idOrPrefix: string): Promise<RequestRecord> {
  const exact = await world.requests.get(idOrPrefix);
  if (exact !== null) return exact;
  const [first, second] = idOrPrefix === "" ? [] : await world.requests.findByPrefix(idOrPrefix, 2);
  if (first === undefined) throw notFound(idOrPrefix);
  if (second !== undefined)
    throw answerWith(400, { detail: `Multiple requests found for '${idOrPrefix}'; give more of the id` });
  return first;
}

function notFound(id: string) {
  return answerWith(404, { detail: `Request '${id}' not found` });
}

async function streamOne(c: Context<ServerEnv>, service: Service): Promise<Response> {
  const asked = c.req.query("request_id");
  const request = asked === undefined ? await latestRequest(service) : await findRequest(service, asked);
  const tail = Number(c.req.query("tail") ?? 0);
  const given = Number(c.req.query("offset") ?? 0);
  const follow = !isFalse(c.req.query("follow"));
  c.env.keepOpen(c.req.raw);
  const offset = given > 0 || !(tail > 0) ? given : await tailOffset(service.logs.pathOf(request.id), tail);
  const isOver = async () => {
    const now = await service.world.requests.get(request.id);
    return now === null || isRequestTerminal(now.state);
  };
  return new Response(streamRequest(service.logs, request.id, offset, follow, isOver), {
    headers: { ...textHeaders, "X-SkyPilot-Stream-Request-ID": request.id, "X-Stix-Stream-Offset": String(offset) },
  });
}

async function latestRequest({ world }: Service): Promise<RequestRecord> {
  const [latest] = await world.requests.list({ limit: 1 });
  if (latest === undefined) throw answerWith(404, { detail: "No request found" });
  return latest;
}

/** The only file that may be read by its path is the server's own log, by any of its names. */
async function streamServerLog(c: Context<ServerEnv>, { world }: Service): Promise<Response> {
  if (c.req.query("request_id") !== undefined)
    throw answerWith(400, { detail: "Only one of request_id and log_path can be provided" });
  const path = (c.req.query("log_path") ?? "").replace(/^~/, world.home);
  const known = [world.paths.serverLog, `${world.home}/.sky/api_server/server.log`, "server.log"];
  if (!known.includes(path))
    throw answerWith(403, { detail: `Unauthorized log path: ${c.req.query("log_path") ?? ""}` });
  const tail = Number(c.req.query("tail") ?? 0);
  const follow = !isFalse(c.req.query("follow"));
  c.env.keepOpen(c.req.raw);
  const file = world.paths.serverLog;
  const offset = tail > 0 ? await tailOffset(file, tail) : 0;
  const body = streamFile({
    path: file,
    offset,
    follow,
    isOver: async () => false,
    changed: (signal) => world.clock.sleep(LOG_POLL_MS, signal).catch(() => undefined),
  });
  return new Response(body, { headers: textHeaders });
}

export function isTrue(text: string | undefined): boolean {
  return text !== undefined && ["true", "1", "yes"].includes(text.toLowerCase());
}

function isFalse(text: string | undefined): boolean {
  return text !== undefined && ["false", "0", "no"].includes(text.toLowerCase());
}

function pythonList(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(", ")}]`;
}
