// Requests that live in their client's connection (a followed log): their lease is kept while it is open, and ends with it.
import type { World } from "#controller/operations/operation.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import type { RequestOutcome } from "#shared/lifecycle/request.ts";
import type { Holdings } from "./holdings.ts";

export interface ConnectionRequest {
  /** Aborted when somebody cancels it. */
  readonly signal: AbortSignal;
  finish(outcome: RequestOutcome): Promise<void>;
}

export interface HoldNeeds {
  readonly world: World;
  readonly holdings: Holdings;
  readonly announce: (id: string) => void;
}

/** Durable when it resolves. */
export async function holdInConnection(
  { world, holdings, announce }: HoldNeeds,
  request: RequestRecord,
): Promise<ConnectionRequest> {
  await world.requests.insert(request);
  const claimed = (await world.requests.claim(request.id, holdings.lease(), world.clock.now())) ?? request;
  const holding = holdings.add(claimed, "connection");
  return {
    signal: holding.signal,
    async finish(outcome) {
      try {
        holding.settle();
        await world.requests.finish(request.id, outcome, world.clock.now(), claimed.token);
        announce(request.id);
      } finally {
        holding[Symbol.dispose]();
      }
    },
  };
}
