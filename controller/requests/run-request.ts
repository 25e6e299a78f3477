// One step of a request: what was taken up is run until it has a value, fails, or goes to wait; then that is written.
import { cancelledFailure } from "#controller/core/request/keep.ts";
import { decideBeginning, decideConsequence, type Consequence, type StepEnd } from "#controller/core/request/turn.ts";
import type { Operation } from "#controller/operations/operation.ts";
import { Pause } from "#controller/operations/pause.ts";
import { failureOf } from "#controller/operations/request-failure.ts";
import type { RequestLog } from "#controller/ports/request-logs.ts";
import { StaleLease, type RequestRecord } from "#controller/ports/requests.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { requestState, type RequestOutcome } from "#shared/lifecycle/request.ts";
import type { Holding, Holdings } from "./holdings.ts";
import type { EngineParts } from "./parts.ts";

export interface RunnerNeeds extends Pick<EngineParts, "world" | "logs" | "operations" | "tell"> {
  readonly holdings: Holdings;
  isStopping(): boolean;
}

export interface Runner {
  /** Of a request that was taken up. Never rejects. */
  (request: RequestRecord): Promise<void>;
  /** For those who follow it: SkyPilot's words, which scripts look for. */
  tellCancelled(request: RequestRecord): void;
  readonly cancelled: RequestOutcome;
}

export function createRunner(needs: RunnerNeeds): Runner {
  const { world, logs, tell } = needs;

  async function run(request: RequestRecord): Promise<void> {
    using holding = needs.holdings.add(request);
    try {
      const operation = needs.operations.get(request.name);
      const beginning = decideBeginning(request, operation?.canResume ?? false);
      if (request.runs > 1)
        tell("request-found", {
          request: request.id,
          name: request.name,
          decision: beginning.do,
          token: request.token,
        });
      await conclude(request, holding, beginning.do === "finish" ? beginning : await step(request, operation, holding));
    } catch (error) {
      // The disk may be full: the row stays RUNNING, and is taken up again when its lease is over.
      if (!(error instanceof StaleLease))
        tell("request-not-recorded", { request: request.id, error: failureOf(error).message });
    }
  }

  async function step(
    request: RequestRecord,
    operation: Operation | undefined,
    holding: Holding,
  ): Promise<Consequence> {
    const end = await endOf(request, operation, holding);
    if (end.kind === "error" && end.failure.code === "internal") tellBroken(request, end.error);
    const isAborted = holding.signal.aborted;
    // Asked for only when it explains something: most requests succeed.
    const asks = end.kind === "error" && isAborted && !holding.isLost();
    const cancelAsked = asks ? ((await world.requests.get(request.id))?.cancelAsked ?? false) : false;
    return decideConsequence(end, {
      cancelAsked,
      isAborted,
      isStopping: needs.isStopping(),
      isLost: holding.isLost(),
    });
  }

  async function endOf(
    request: RequestRecord,
    operation: Operation | undefined,
    holding: Holding,
  ): Promise<StepEnd & { readonly error?: unknown }> {
    try {
      if (operation === undefined) throw notBuilt(request.name);
      const fence = { requestId: request.id, token: request.token };
      const log = operation.onFullDisk === undefined ? logs.open(request.id) : forgivingLog(request.id);
      const context = {
        world: { ...world, ...world.fenced(fence) },
        request,
        log,
        signal: holding.signal,
      };
      return { kind: "value", value: await operation.run(context) };
    } catch (error) {
      if (error instanceof Pause) return { kind: "wait", ...error.wish };
      if (error instanceof StaleLease) return { kind: "stale" };
      return { kind: "error", failure: failureOf(error), error };
    }
  }

  async function conclude(request: RequestRecord, holding: Holding, consequence: Consequence): Promise<void> {
    holding.settle();
    const now = world.clock.now();
    const fence = { requestId: request.id, token: request.token };
    if (consequence.do === "wait") {
      if (!(await world.requests.wait(fence, consequence, now))) tellLost(request);
    } else if (consequence.do === "finish") {
      if (consequence.outcome.state === requestState.CANCELLED) tellCancelled(request);
      if (!(await world.requests.finish(request.id, consequence.outcome, now, request.token))) tellLost(request);
    } else if (consequence.do === "give-up") tellLost(request);
  }

  /** Somebody else has it now: no failure of the request, and nobody who follows it hears of it. */
  function tellLost({ id, token }: RequestRecord): void {
    tell("request-given-up", { request: id, token });
  }

  function tellBroken({ id, name }: RequestRecord, error: unknown): void {
    tell("request-broke", {
      request: id,
      name,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  function tellCancelled({ id, name }: RequestRecord): void {
    try {
      logs.open(id).line(`'sky.${name}' request ${id} cancelled`);
    } catch (error) {
      // On a full disk the end itself matters more.
      tell("request-log-not-written", { request: id, error: failureOf(error).message });
    }
  }

  /** A line that the disk does not take is no reason not to do what frees it. */
  function forgivingLog(id: string): RequestLog {
    const log = logs.open(id);
    return {
      line(text) {
        try {
          log.line(text);
        } catch (error) {
          tell("line-not-told", { request: id, error: failureOf(error).message });
        }
      },
    };
  }

  return Object.assign(run, {
    tellCancelled,
    cancelled: { state: requestState.CANCELLED, failure: cancelledFailure } satisfies RequestOutcome,
  });
}

function notBuilt(name: string): StixError {
  return new StixError({
    code: "not-implemented",
    message: `'${name}' is not built yet`,
    hint: "stix --help lists what is",
  });
}
