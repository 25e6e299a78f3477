// Output of jobs: as plain text for SkyPilot's clients, as frames for ours; and what a launch told.
import { createLogRenderer } from "#shared/logs/render.ts";
import { LOG_FRAMES_TYPE } from "#shared/api/log-frames.ts";
import { routes } from "#shared/api/routes.ts";
import { jobExitStatus } from "#shared/lifecycle/job.ts";
import { cancelledOutcome, failureOf } from "#controller/operations/request-failure.ts";
import { followJob } from "#controller/operations/follow-job.ts";
import type { ConnectionRequest } from "#controller/requests/hold-in-connection.ts";
import { clientApiNumber } from "../gates/answer-headers.ts";
import { frameAnswer } from "../streams/frame-answer.ts";
import { framePipe } from "../streams/frame-pipe.ts";
import { answerWith } from "../gates/read-body.ts";
import { streamRequest, tailOffset } from "../streams/request-stream.ts";
import { newRequest } from "../requests/new-request.ts";
import type { Handlers } from "./register-calls.ts";
import type { Service } from "../service.ts";
import { requestState, isRequestTerminal } from "#shared/lifecycle/request.ts";
import { isTrue } from "./request-routes.ts";

const textHeaders = { "content-type": "text/plain; charset=utf-8" };

export function logHandlers(service: Service) {
  const { world } = service;
  return {
    "logs.frames": ({ c, body }) => {
      c.env.keepOpen(c.req.raw);
      const stream = frameAnswer((emit, signal) => followJob(world, { ...body, signal }, emit));
      return new Response(stream, { headers: { "content-type": LOG_FRAMES_TYPE } });
    },

    // The output is the answer's body; the outcome is the request's, which the client asks for afterwards.
    logs: async ({ c, principal, body }) => {
      c.env.keepOpen(c.req.raw);
      const request = newRequest(world.clock, world.random, {
        id: null,
        kind: { name: "logs", lane: routes.logs.lane ?? "short" },
        principal,
        body,
        clientApi: clientApiNumber(c.req.raw),
      });
      const held = await service.worker.hold(request);
      const pipe = framePipe<Uint8Array>();
      void renderJob(service, held, { ...body, tail: Math.max(0, body.tail) }, pipe).finally(() => pipe.end());
      return new Response(pipe.stream, { headers: { ...textHeaders, "X-Skypilot-Request-ID": request.id } });
    },

    provision_logs: async ({ c, body }) => {
      if (body.worker !== null) throw answerWith(400, { detail: "logs of single workers are not built yet" });
      const [request] = (await world.requests.list({ clusterName: body.cluster_name })).filter(
        (each) => each.name === "launch" || each.name === "start",
      );
      if (request === undefined)
        throw answerWith(404, { detail: `Provision log of cluster '${body.cluster_name}' not found` });
      c.env.keepOpen(c.req.raw);
      const tail = Number(c.req.query("tail") ?? 0);
      const follow = c.req.query("follow") === undefined || isTrue(c.req.query("follow"));
      const offset = tail > 0 ? await tailOffset(service.logs.pathOf(request.id), tail) : 0;
      const isOver = async () =>
        isRequestTerminal((await world.requests.get(request.id))?.state ?? requestState.FAILED);
      return new Response(streamRequest(service.logs, request.id, offset, follow, isOver), { headers: textHeaders });
    },
  } satisfies Partial<Handlers>;
}

interface RenderWish {
  readonly cluster_name: string;
  readonly job_id: number | null;
  readonly follow: boolean;
  readonly tail: number;
}

async function renderJob(
  service: Service,
  held: ConnectionRequest,
  wish: RenderWish,
  pipe: ReturnType<typeof framePipe<Uint8Array>>,
): Promise<void> {
  const { world } = service;
  const renderer = createLogRenderer();
  const push = async (bytes: Uint8Array) => {
    if (bytes.length > 0) await pipe.push(bytes);
  };
  try {
    const signal = AbortSignal.any([pipe.signal, held.signal]);
    const job = await followJob(world, { ...wish, cursors: {}, signal }, (frame, body) =>
      push(renderer.push(frame, body ?? new Uint8Array())),
    );
    await push(renderer.flush());
    await held.finish({ state: requestState.SUCCEEDED, value: jobExitStatus(job.state) });
  } catch (error) {
    const isLeft = pipe.signal.aborted || held.signal.aborted;
    const outcome = isLeft ? cancelledOutcome : { state: requestState.FAILED, failure: failureOf(error) };
    await held.finish(outcome);
  }
}
