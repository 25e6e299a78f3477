// The answer to a long call that wants frames: the request's log as it comes, its value, then the output of its job. One
// connection in place of four: on a busy machine every further call costs several turns of waiting for a processor.
import { requestState } from "#shared/lifecycle/request.ts";
import type { FollowWish } from "#shared/api/log-frames.ts";
import { followJob } from "#controller/operations/follow-job.ts";
import { frameAnswer, type EmitFrame } from "./frame-answer.ts";
import { streamRequest } from "./request-stream.ts";
import type { Service } from "../service.ts";

/**
 * Frames `log`…, then `value` when the request succeeded, then those of its job when `wish` is "job". A request that failed
 * ends the stream without a value: its error is asked for as always. A reader that goes away changes nothing.
 */
export function requestFrames(service: Service, requestId: string, wish: FollowWish): ReadableStream<Uint8Array> {
  return frameAnswer((emit, signal) => tell(service, requestId, wish, emit, signal));
}

async function tell(
  service: Service,
  requestId: string,
  wish: FollowWish,
  emit: EmitFrame,
  signal: AbortSignal,
): Promise<void> {
  const { logs, worker, world } = service;
  let isOver = false;
  const ended = worker.ended(requestId, signal).finally(() => {
    isOver = true;
    logs.wake(requestId);
  });
  // Awaited below, when the log is told.
  ended.catch(() => undefined);
  let offset = 0;
  for await (const chunk of streamRequest(logs, requestId, 0, true, async () => isOver)) {
    await emit({ t: "log", off: offset }, chunk);
    offset += chunk.length;
  }
  const request = await ended;
  if (request?.state !== requestState.SUCCEEDED) return;
  const { value } = request;
  await emit({ t: "value" }, new TextEncoder().encode(JSON.stringify(value ?? null)));
  const job = submittedJob(value);
  if (wish !== "job" || job === null) return;
  await followJob(
    world,
    { cluster_name: job.clusterName, job_id: job.jobId, follow: true, tail: 0, cursors: {}, signal },
    emit,
  );
}

/** What launch and exec give: the job's id, and where it is. */
function submittedJob(value: unknown): { readonly clusterName: string; readonly jobId: number } | null {
  const { job_id: jobId, handle } = (value ?? {}) as { job_id?: unknown; handle?: { cluster_name?: unknown } | null };
  const clusterName = handle?.cluster_name;
  return typeof jobId === "number" && typeof clusterName === "string" ? { clusterName, jobId } : null;
}
