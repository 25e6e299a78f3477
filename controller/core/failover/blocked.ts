// What a refusal rules out for the rest of a round. Pure.
import type { AttemptFacts, Block, Refusal, RefusalKind } from "./facts.ts";

/** A cloud that does not let us in lets us in nowhere, however narrowly it says so. */
const WHOLE_CLOUD: ReadonlySet<RefusalKind> = new Set(["auth", "forbidden"]);

/** Pauses that a cloud asks for are kept up to this; one that asks for more is left for other clouds. */
const LONGEST_PAUSE_MS = 60_000;
const USUAL_PAUSE_MS = 15_000;
/** So often a cloud may ask for a pause in one round before it is left. */
const PAUSES_MOST = 3;

/** The offers that may not be chosen again in the round of a refused attempt. */
export function blockedBy({ placement, failure }: Pick<AttemptFacts, "placement" | "failure">): readonly Block[] {
  if (failure === null) return [];
  const { cloud, region, zone, instanceType, useSpot } = placement;
  const { kind, reach } = failure;
  if (WHOLE_CLOUD.has(kind) || reach === "cloud" || reach === "account") return [{ cloud }];
  if (typeof reach === "object") return reach.regions.map((each) => ({ cloud, region: each }));
  if (reach === "region") return [{ cloud, region }];
  const where = zone === null ? { cloud, region } : { cloud, region, zone };
  // The zone of an attempt without one is not known: its type of machine is what can be left out.
  if (reach === "zone" && zone !== null) return [where];
  return [{ ...where, instanceType, useSpot }];
}

/** When the place of a refused attempt may be asked again, instead of being ruled out; null: it is ruled out. */
export function pausedUntil(attempt: AttemptFacts, inRound: readonly AttemptFacts[]): number | null {
  if (attempt.failure?.kind !== "rate-limited") return null;
  const pause = pauseOf(attempt.failure);
  const pauses = inRound.filter(
    (each) => each.failure?.kind === "rate-limited" && each.placement.cloud === attempt.placement.cloud,
  );
  return pause > LONGEST_PAUSE_MS || pauses.length > PAUSES_MOST ? null : attempt.failure.at + pause;
}

function pauseOf({ retryAfterMs }: Refusal): number {
  return retryAfterMs ?? USUAL_PAUSE_MS;
}
