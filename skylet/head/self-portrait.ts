// What a head tells the controller of itself: at its registration, and with every heartbeat.
import { jobStage } from "#shared/lifecycle/stage.ts";
import { freemem, loadavg, totalmem } from "node:os";
import { protocol, version } from "#shared/version.ts";
import type { Heartbeat } from "#shared/wire/events.ts";
import type { HeadRegistration } from "#shared/wire/registration.ts";
import type { AgentParts } from "../agent-parts.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import type { Identity } from "./identity.ts";

/** Jobs named in a heartbeat. */
const BEAT_JOBS_MAX = 1_000;

interface Head {
  readonly identity: Identity;
  readonly queue: Pick<RunQueue, "state">;
}

export function registrationOf({ config, store, run }: AgentParts, { identity, queue }: Head): HeadRegistration {
  const joined = [...queue.state().nodes.values()].filter((node) => node.joined);
  return {
    v: 1,
    proto: [protocol.min, protocol.max],
    version,
    cid: config.node.cid,
    dbId: store.meta("db_id") ?? "",
    inc: identity.inc(),
    run,
    bootId: config.bootId,
    instanceId: config.node.nodes[0]?.instanceId ?? "",
    token: config.node.bootToken,
    nodes: joined.map(({ nid }) => nid),
    ev: store.eventRange(),
  };
}

/** `n` counts heartbeats; `acked` is the last event that the controller has. */
export function heartbeatOf(
  { store, clock, run }: AgentParts,
  head: Head & { readonly idleSinceAt: number; readonly n: number; readonly acked: number },
): Heartbeat {
  const atWork = [...head.queue.state().jobs.values()].filter(({ stage }) => stage !== jobStage.queued);
  return {
    v: 1,
    inc: head.identity.inc() ?? 0,
    run,
    n: head.n,
    ts: clock.now(),
    load: loadavg()[0] ?? 0,
    memUsed: totalmem() - freemem(),
    jobs: atWork.slice(0, BEAT_JOBS_MAX).map(({ jid }) => jid),
    idleSeconds: Math.max(0, Math.floor((clock.now() - head.idleSinceAt) / 1_000)),
    evLast: store.eventRange().last,
    evAcked: head.acked,
  };
}
