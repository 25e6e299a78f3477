// The engine of long calls: durable rows in, outcomes out. Whatever server has room takes up what is due; none of what another
// server must know is kept here.
import { failureOf } from "#controller/operations/request-failure.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { RequestOutcome } from "#shared/lifecycle/request.ts";
import { createAdmission } from "./admission.ts";
import { createFollowers } from "./followers.ts";
import { holdInConnection, type ConnectionRequest } from "./hold-in-connection.ts";
import { createHoldings } from "./holdings.ts";
import { createLanes } from "./lanes.ts";
import type { EngineParts } from "./parts.ts";
import { requestCancelled } from "./request-cancelled.ts";
import { createRunner } from "./run-request.ts";
import { startWaker } from "./waker.ts";

export interface RequestEngine {
  /** Writes the row, then runs it when its lane has room. Resolves when the row is durable. */
  submit(request: RequestRecord): Promise<void>;
  /** Resolves when the request has ended (or never existed: null), rejects on abort. */
  ended(id: string, signal: AbortSignal): Promise<RequestRecord | null>;
  /** The ids of those that had not ended. */
  cancel(ids: readonly string[]): Promise<readonly string[]>;
  /** A request that lives in its client's connection: nobody goes on with it. */
  hold(request: RequestRecord): Promise<ConnectionRequest>;
  /** Begins to take up what is there. */
  resume(): Promise<void>;
  /** Stops taking work and lets go of what runs; the rows stay RUNNING and any server goes on with them. */
  stop(): Promise<void>;
}

export function createRequestEngine(parts: EngineParts): RequestEngine {
  const { world, logs, operations, tell } = parts;
  const pollMs = parts.pollMs ?? null;
  const self = world.random.uuid();
  const ending = new AbortController();
  const followers = createFollowers(world.requests, logs);
  const holdings = createHoldings({
    self,
    requests: world.requests,
    clock: world.clock,
    pulse: parts.pulse ?? world.clock,
    isShared: pollMs !== null,
    isStopping: () => ending.signal.aborted,
    tell,
  });
  const run = createRunner({ world, logs, operations, tell, holdings, isStopping: () => ending.signal.aborted });
  const lanes = createLanes({
    requests: world.requests,
    lease: () => holdings.lease(),
    now: () => world.clock.now(),
    isStopping: () => ending.signal.aborted,
    async work(request) {
      await run(request);
      followers.announce(request.id);
      waker.nudge();
    },
    tell,
  });
  const waker = startWaker({
    clock: world.clock,
    signal: ending.signal,
    pollMs,
    nextDue: () => world.requests.nextDue(self),
    async look(isPoll) {
      await holdings.keepOwn();
      await lanes.fill();
      if (isPoll) await followers.look();
    },
    sweep: () => world.requests.wakeForgotten(world.clock.now()),
    tell,
  });
  const admission = createAdmission(parts);

  async function endUnheld(request: RequestRecord, outcome: RequestOutcome): Promise<void> {
    run.tellCancelled(request);
    await world.requests.finish(request.id, outcome, world.clock.now(), request.token);
    followers.announce(request.id);
    waker.nudge();
  }

  return {
    async submit(request) {
      if (ending.signal.aborted) throw stopping();
      await admission.insert(request);
      await lanes.offer(request);
      await admission.tryPrune();
    },
    ended: (id, signal) => followers.ended(id, signal),
    async cancel(ids) {
      const concerned: string[] = [];
      for (const id of ids) {
        if (!(await world.requests.askCancel(id))) continue;
        concerned.push(id);
        if (holdings.abort(id, requestCancelled())) continue;
        // Nobody works on it, or another server does: that one sees the wish.
        const free = await world.requests.claim(id, holdings.lease(), world.clock.now());
        if (free !== null) await endUnheld(free, run.cancelled);
      }
      return concerned;
    },
    hold: (request) => holdInConnection({ world, holdings, announce: followers.announce }, request),
    async resume() {
      if (pollMs === null) await world.requests.endLeasesBut(self);
      await world.requests.wakeForgotten(world.clock.now());
      await lanes.fill();
      waker.nudge();
    },
    async stop() {
      ending.abort();
      await holdings.endAll(new Error("the server stops"));
      await waker.ended;
      await letGo(parts, self);
    },
  };
}

/** Rows that cannot be let go of are taken up when their lease is over. */
async function letGo({ world, tell }: EngineParts, self: string): Promise<void> {
  await world.requests
    .letGo(self)
    .catch((error: unknown) => tell("leases-not-ended", { error: failureOf(error).message }));
}

function stopping(): StixError {
  return new StixError({
    code: "server-unreachable",
    message: "the API server is stopping",
    hint: "run the command again",
  });
}
