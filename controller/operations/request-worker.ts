// Runs requests: durable rows in, outcomes out, bounded in number, resumed after a restart.
import type { Operation, World } from "./operation.ts";
import type { RequestLog, RequestLogs } from "#controller/ports/request-logs.ts";
import type { DiskRoom } from "#controller/ports/disk-room.ts";
import type { Lane, RequestRecord } from "#controller/ports/requests.ts";
import {
  cancelledFailure,
  decideFailure,
  decideResume,
  pruneBefore,
  retention,
  uploadsBefore,
} from "#controller/core/request/decide.ts";
import { isRequestTerminal } from "#shared/lifecycle/request.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { failureOf } from "./request-failure.ts";

/**
 * How many operations of a lane are at work at once. They wait for clouds and agents nearly all the time; an operation holds
 * a few kilobytes and one connection, so the bound is what keeps a flood from taking all sockets.
 */
const LANE_WIDTH: Readonly<Record<Lane, number>> = { long: 512, short: 256 };
const PRUNE_EVERY_MS = 10 * 60 * 1000;

export interface Worker {
  /** Writes the row, then runs it when its lane has room. Resolves when the row is durable. */
  submit(request: RequestRecord): Promise<void>;
  /** Resolves when the request has ended (or never existed: null), rejects on abort. */
  ended(id: string, signal: AbortSignal): Promise<RequestRecord | null>;
  /** The ids of those that had not ended. */
  cancel(ids: readonly string[]): Promise<readonly string[]>;
  /** Takes up what an earlier server left. */
  resume(): Promise<void>;
  /** Stops taking work and lets go of what runs; the rows stay RUNNING and are resumed by the next server. */
  stop(): Promise<void>;
}

export interface WorkerParts {
  readonly world: World;
  readonly logs: RequestLogs;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Tells the server's own log. */
  readonly tell: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Of the disk that the rows are written to; absent: unbounded. */
  readonly room?: DiskRoom;
  /** Removes what clients uploaded and nobody used since this instant. */
  readonly pruneUploads?: (before: number) => Promise<void>;
}

/** The server is going down; not an outcome of the request. */
const STOPPING = "the server stops";

export function createWorker({ world, logs, operations, tell, room, pruneUploads }: WorkerParts): Worker {
  const queues: Record<Lane, RequestRecord[]> = { long: [], short: [] };
  const running = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>();
  const busy: Record<Lane, number> = { long: 0, short: 0 };
  const watchers = new Map<string, Set<() => void>>();
  const owner = world.random.uuid();
  const state = { stopping: false, prunedAt: 0, inserting: Promise.resolve() };

  function announceEnd(id: string): void {
    const waiting = watchers.get(id);
    watchers.delete(id);
    for (const wake of waiting ?? []) wake();
    logs.wake(id);
  }

  function pump(lane: Lane): void {
    while (!state.stopping && busy[lane] < LANE_WIDTH[lane]) {
      const next = queues[lane].shift();
      if (next === undefined) return;
      busy[lane] += 1;
      const abort = new AbortController();
      const done = work(next, abort).finally(() => {
        busy[lane] -= 1;
        running.delete(next.id);
        pump(lane);
      });
      running.set(next.id, { abort, done });
    }
  }

  async function work(request: RequestRecord, abort: AbortController): Promise<void> {
    const { id, name } = request;
    const operation = operations.get(name);
    try {
      const current = await world.requests.claim(id, { owner, until: Number.MAX_SAFE_INTEGER }, world.clock.now());
      if (current === null) return;
      if (current.cancelAsked)
        throw new StixError({
          code: "request-cancelled",
          message: cancelledFailure.message,
          hint: cancelledFailure.hint,
        });
      if (operation === undefined)
        throw new StixError({
          code: "not-implemented",
          message: `'${name}' is not built yet`,
          hint: "stix --help lists what is",
        });
      const value = await operation.run({
        world,
        request: current,
        log:
          operation.onFullDisk !== undefined
            ? forgiving(logs.open(id), (error) =>
                tell("line-not-told", { request: id, error: failureOf(error).message }),
              )
            : logs.open(id),
        signal: abort.signal,
        waiting: (message) => world.requests.setWaiting(id, message),
      });
      await world.requests.finish(id, { state: "SUCCEEDED", value: value ?? null }, world.clock.now());
    } catch (error) {
      // The next server goes on with it.
      if (state.stopping && abort.signal.aborted) return;
      await recordFailure(request, error, abort.signal.aborted);
    }
    announceEnd(id);
  }

  async function recordFailure(request: RequestRecord, error: unknown, aborted: boolean): Promise<void> {
    const failure = failureOf(error);
    if (failure.code === "internal")
      tell("request-broke", {
        request: request.id,
        name: request.name,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    try {
      const cancelAsked = (await world.requests.get(request.id))?.cancelAsked ?? false;
      const outcome =
        failure.code === "request-cancelled"
          ? { state: "CANCELLED" as const, failure: cancelledFailure }
          : decideFailure(failure, cancelAsked, aborted);
      if (outcome.state === "CANCELLED") tellCancelled(request);
      await world.requests.finish(request.id, outcome, world.clock.now());
    } catch (storeError) {
      // The disk may be full: the row stays RUNNING and is taken up again at the next start.
      tell("request-not-recorded", { request: request.id, error: failureOf(storeError).message });
    }
  }

  /** For those who follow it: SkyPilot's words, which scripts look for. */
  function tellCancelled({ id, name }: RequestRecord): void {
    try {
      logs.open(id).line(`'sky.${name}' request ${id} cancelled`);
    } catch (error) {
      // On a full disk the end itself matters more.
      tell("request-log-not-written", { request: id, error: failureOf(error).message });
    }
  }

  function enqueue(request: RequestRecord): void {
    queues[request.lane].push(request);
    pump(request.lane);
  }

  /** One after the other, so that each sees what those before it left. Throws disk-full for what may not use what is kept. */
  async function insertOnFullDisk(request: RequestRecord): Promise<void> {
    const before = state.inserting;
    const mine = Promise.withResolvers<void>();
    state.inserting = mine.promise;
    try {
      await before;
      const kind = operations.get(request.name)?.onFullDisk;
      if (kind === undefined) room?.require();
      if (room?.isTight() === true) await tryPrune(world.clock.now());
      if (kind === "asks" && room?.isTight() === true) room.require();
      await world.requests.insert(request);
    } finally {
      mine.resolve();
    }
  }

  /** Old rows cost space only: a failure to delete them must not fail the request that came along. */
  async function tryPrune(now: number): Promise<void> {
    const isTight = room?.isTight() ?? false;
    if (!isTight && now - state.prunedAt < PRUNE_EVERY_MS) return;
    state.prunedAt = now;
    try {
      logs.remove(
        await world.requests.prune(pruneBefore(now), isTight ? retention.countOnFullDisk : retention.countMax),
      );
      await pruneUploads?.(uploadsBefore(now));
    } catch (error) {
      tell("requests-not-pruned", { error: failureOf(error).message });
    }
  }

  return {
    async submit(request) {
      if (state.stopping)
        throw new StixError({
          code: "server-unreachable",
          message: "the API server is stopping",
          hint: "run the command again",
        });
      if (room?.isFull() === true) await insertOnFullDisk(request);
      else await world.requests.insert(request);
      enqueue(request);
      await tryPrune(world.clock.now());
    },
    async ended(id, signal) {
      for (;;) {
        // Registered before the row is read, so that an end in between is not missed.
        const woken = Promise.withResolvers<void>();
        const waiting = watchers.get(id) ?? new Set();
        watchers.set(id, waiting);
        waiting.add(woken.resolve);
        const giveUp = () => woken.reject(signal.reason);
        signal.addEventListener("abort", giveUp, { once: true });
        try {
          const request = await world.requests.get(id);
          if (request === null || isRequestTerminal(request.state)) return request;
          signal.throwIfAborted();
          await woken.promise;
        } finally {
          signal.removeEventListener("abort", giveUp);
          waiting.delete(woken.resolve);
        }
      }
    },
    async cancel(ids) {
      const concerned: string[] = [];
      for (const id of ids) {
        if (!(await world.requests.askCancel(id))) continue;
        concerned.push(id);
        running.get(id)?.abort.abort(
          new StixError({
            code: "request-cancelled",
            message: cancelledFailure.message,
            hint: cancelledFailure.hint,
          }),
        );
        const queue = Object.values(queues).find((each) => each.some((request) => request.id === id));
        if (queue === undefined) continue;
        for (const request of queue.splice(
          queue.findIndex((each) => each.id === id),
          1,
        ))
          tellCancelled(request);
        await world.requests.finish(id, { state: "CANCELLED", failure: cancelledFailure }, world.clock.now());
        announceEnd(id);
      }
      return concerned;
    },
    async resume() {
      await world.requests.endLeasesBut(owner);
      // Oldest first: they were asked for first.
      const left = (await world.requests.list({ states: ["PENDING", "WAITING", "RUNNING"] })).toReversed();
      for (const request of left) {
        const decision = decideResume(request, operations.get(request.name)?.canResume ?? false);
        if (decision.do === "finish") await world.requests.finish(request.id, decision.outcome, world.clock.now());
        if (decision.do === "run") enqueue(request);
        tell("request-found", { request: request.id, name: request.name, decision: decision.do });
      }
    },
    async stop() {
      state.stopping = true;
      for (const each of running.values()) each.abort.abort(new Error(STOPPING));
      await Promise.allSettled([...running.values()].map((each) => each.done));
    },
  };
}

/** A line that the disk does not take is no reason not to do what frees it. */
function forgiving(log: RequestLog, tell: (error: unknown) => void): RequestLog {
  return {
    line(text) {
      try {
        log.line(text);
      } catch (error) {
        tell(error);
      }
    },
  };
}
