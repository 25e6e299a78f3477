// Calls that become requests: the body is checked, the row is written, the id is answered in a header.
import type { Context } from "hono";
import type { z } from "zod";
import type { Operation } from "#controller/operations/operation.ts";
import * as bodies from "#shared/api/bodies.ts";
import type { Lane } from "#controller/ports/requests.ts";
import { FOLLOW_HEADER, LOG_FRAMES_TYPE } from "#shared/api/log-frames.ts";
import { parseRequestKey, REQUEST_KEY_HEADER } from "#shared/api/request-key.ts";
import { clientApiNumber } from "../gates/answer-headers.ts";
import { readBody } from "../gates/read-body.ts";
import { requestFrames } from "../streams/request-frames.ts";
import { newRequest } from "../requests/new-request.ts";
import type { App, ServerEnv, Service } from "../service.ts";

type AnyBody = z.ZodType<bodies.BaseBody>;

/** Path, operation, schema of the body. */
const posts: readonly (readonly [path: string, name: string, schema: AnyBody])[] = [
  ["/launch", "launch", bodies.launchBodySchema],
  ["/exec", "exec", bodies.execBodySchema],
  ["/status", "status", bodies.statusBodySchema],
  ["/start", "start", bodies.startBodySchema],
  ["/stop", "stop", bodies.stopOrDownBodySchema],
  ["/down", "down", bodies.stopOrDownBodySchema],
  ["/autostop", "autostop", bodies.autostopBodySchema],
  ["/queue", "queue", bodies.queueBodySchema],
  ["/job_status", "job_status", bodies.jobStatusBodySchema],
  ["/cancel", "cancel", bodies.cancelBodySchema],
  ["/download_logs", "download_logs", bodies.downloadLogsBodySchema],
  ["/check", "check", bodies.checkBodySchema],
  ["/optimize", "optimize", bodies.optimizeBodySchema],
  ["/endpoints", "endpoints", bodies.endpointsBodySchema],
  ["/cost_report", "cost_report", bodies.costReportBodySchema],
  ["/cluster_events", "cluster_events", bodies.clusterEventsBodySchema],
  ["/list_accelerators", "list_accelerators", bodies.listAcceleratorsBodySchema],
  ["/list_accelerator_counts", "list_accelerator_counts", bodies.listAcceleratorCountsBodySchema],
  ["/api/cancel", "api_cancel", bodies.cancelRequestsBodySchema],
  ["/stix/v1/doctor/leaks", "doctor.leaks", bodies.baseBodySchema],
  ["/stix/v1/doctor/adopt", "doctor.adopt", bodies.adoptBodySchema],
  ["/stix/v1/doctor/remove_leaks", "doctor.remove_leaks", bodies.removeLeaksBodySchema],
  ["/jobs/queue", "jobs.queue", bodies.baseBodySchema],
  ["/jobs/queue/v2", "jobs.queue_v2", bodies.baseBodySchema],
  ["/jobs/pool_status", "jobs.pool_status", bodies.baseBodySchema],
  ["/serve/status", "serve.status", bodies.baseBodySchema],
];

const gets: readonly (readonly [path: string, name: string])[] = [
  ["/enabled_clouds", "enabled_clouds"],
  ["/enabled_clouds/batch", "enabled_clouds_batch"],
  ["/workspaces", "workspaces.get"],
  ["/workspaces/config", "workspaces.get_config"],
  ["/storage/ls", "storage_ls"],
  ["/volumes", "volume_list"],
  ["/all_contexts", "all_contexts"],
];

export function operationRoutes(app: App, service: Service): void {
  for (const [path, name, schema] of posts) {
    app.post(path, async (c) => accept(c, service, required(service, name), await readBody(c.req.raw, schema)));
  }
  for (const [path, name] of gets) {
    app.get(path, (c) => accept(c, service, required(service, name), bodies.baseBodySchema.parse({})));
  }
}

function required({ operations }: Service, name: string): Operation {
  const operation = operations.get(name);
  if (operation === undefined) throw new RangeError(`a route without an operation: ${name}`);
  return operation;
}

/** Answers once the row is durable. A call with the key of an earlier one is answered as that one was. */
export async function accept(
  c: Context<ServerEnv>,
  service: Service,
  operation: Pick<Operation, "name" | "lane">,
  body: bodies.BaseBody,
): Promise<Response> {
  const { clock, random, requests } = service.world;
  const key = parseRequestKey(c.req.header(REQUEST_KEY_HEADER));
  if (key !== null && (await requests.get(key))?.name === operation.name) return answerId(c, service, key);
  const request = newRequest(clock, random, {
    id: key,
    operation,
    body,
    clientApi: clientApiNumber(c.req.raw),
    lane: laneOf(operation, body),
  });
  await service.worker.submit(request);
  return answerId(c, service, request.id);
}

/** The id, and for a client that wants them the frames of what comes of it. */
function answerId(c: Context<ServerEnv>, service: Service, id: string): Response {
  c.header("X-Skypilot-Request-ID", id);
  const wish = c.req.header(FOLLOW_HEADER);
  if (wish !== "request" && wish !== "job") return c.json(null);
  c.env.keepOpen(c.req.raw);
  return c.body(requestFrames(service, id, wish), 200, { "content-type": LOG_FRAMES_TYPE });
}

/** A status that asks clouds may take long. */
function laneOf(operation: Pick<Operation, "name" | "lane">, body: bodies.BaseBody): Lane {
  const refresh = "refresh" in body ? body.refresh : undefined;
  return operation.name === "status" && refresh !== undefined && refresh !== "NONE" ? "long" : operation.lane;
}
