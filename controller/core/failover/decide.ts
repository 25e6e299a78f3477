// Decides the next effect of having a cluster's machines from the ledger alone, so that any server can go on. Pure.
import { attemptState, attemptLife } from "#shared/lifecycle/attempt.ts";
import { blockedBy, pausedUntil } from "./blocked.ts";
import type { AttemptChange, AttemptFacts, Effect, FailoverFacts, PlanAnswer, Refusal } from "./facts.ts";
import { afterRefusedRemoval, isUnproven, removalDueAt } from "./removal.ts";

/** With retry_until_up, from the moment that nothing was left to the next round. */
export const RETRY_UNTIL_UP_MS = 30_000;
/**
 * So many sets of machines may exist beside the one that is being made. More would rent without end where a cloud makes
 * machines and neither names nor removes them.
 */
const UNPROVEN_MOST = 1;

/**
 * What was begun is settled before anything new: machines of a refused attempt are gone, or known to the ledger as not proven
 * gone, before the next place is asked. Doing an effect twice changes nothing.
 */
export function decideNext(facts: FailoverFacts, now: number): Effect {
  return settle(facts, now) ?? goOn(facts, now);
}

function settle({ attempts, requestId, heard }: FailoverFacts, now: number): Effect | null {
  const open = attempts.filter((attempt) => !attemptLife.isTerminal(attempt.state));
  const leaving = (attempt: AttemptFacts) =>
    attempt.state === attemptState.failed || attempt.state === attemptState.removing;
  const kept = keptOf(
    open.filter((attempt) => !leaving(attempt)),
    requestId,
  );
  const unwanted = open.filter((attempt) => attempt.id !== kept?.id && !isUnproven(attempt));
  const due = unwanted.find((attempt) => removalDueAt(attempt) <= now);
  if (due !== undefined) return { do: "remove", id: due.id };
  const [later] = unwanted.map(removalDueAt).toSorted((left, right) => left - right);
  if (later !== undefined) return { do: "wait", until: later, why: "removal" };
  if (kept === null) return null;
  if (heard !== kept.id) return { do: "create", id: kept.id };
  return { do: kept.state === attemptState.adopted ? "ready" : "adopt", id: kept.id };
}

/** The attempt to go on with: what the cluster owns, or what this request has begun. One of another request is not what we want. */
function keptOf(living: readonly AttemptFacts[], requestId: string): AttemptFacts | null {
  return (
    living.find((attempt) => attempt.state === attemptState.adopted) ??
    living.findLast((attempt) => attempt.requestId === requestId) ??
    null
  );
}

function goOn(facts: FailoverFacts, now: number): Effect {
  const { attempts, plan, requestId } = facts;
  const mine = attempts.filter((attempt) => attempt.requestId === requestId);
  const refused = mine.filter((attempt) => attempt.failure !== null);
  const unproven = attempts.filter(isUnproven);
  if (unproven.length > UNPROVEN_MOST)
    return waitForProof(facts, unproven, now) ?? { do: "give-up", refused, unproven };
  const round = Math.max(1, plan?.round ?? 1, ...mine.map((attempt) => attempt.round));
  const inRound = refused.filter((attempt) => attempt.round === round);
  const pauses = inRound.map((attempt) => pausedUntil(attempt, inRound));
  const pauseEnd = Math.max(0, ...pauses.map((end) => end ?? 0));
  if (pauseEnd > now) return { do: "wait", until: pauseEnd, why: "rate-limit" };
  if (plan === null || plan.round < round) {
    const blocked = [
      ...inRound.filter((_, index) => pauses[index] === null).flatMap(blockedBy),
      ...unproven.map(({ placement }) => ({ cloud: placement.cloud })),
    ];
    return { do: "plan", round, blocked };
  }
  if (plan.place !== null) return { do: "begin", number: attempts.length + 1, round, place: plan.place };
  if (!facts.retryUntilUp || refused.length + unproven.length === 0) return { do: "give-up", refused, unproven };
  return nextRound(plan, inRound, unproven, now);
}

/** A round ends with its last refusal; one in which nothing could be asked at all is planned again. */
function nextRound(
  plan: PlanAnswer,
  inRound: readonly AttemptFacts[],
  unproven: readonly AttemptFacts[],
  now: number,
): Effect {
  const until = Math.max(...(inRound.length === 0 ? [plan.at] : inRound.map(refusedAt))) + RETRY_UNTIL_UP_MS;
  if (until > now) return { do: "wait", until, why: "no-resources" };
  const blocked = unproven.map(({ placement }) => ({ cloud: placement.cloud }));
  return { do: "plan", round: inRound.length === 0 ? plan.round : plan.round + 1, blocked };
}

function refusedAt({ failure }: AttemptFacts): number {
  return failure?.at ?? 0;
}

/** null: nobody asked us to wait. */
function waitForProof({ retryUntilUp }: FailoverFacts, unproven: readonly AttemptFacts[], now: number): Effect | null {
  if (!retryUntilUp) return null;
  const due = unproven.find((attempt) => removalDueAt(attempt) <= now);
  if (due !== undefined) return { do: "remove", id: due.id };
  return { do: "wait", until: Math.min(...unproven.map(removalDueAt)), why: "removal" };
}

/** How the cloud's answer to `create` changes the attempt. `refusal` null: it named the machines. */
export function afterCreate({ state }: Pick<AttemptFacts, "state">, refusal: Refusal | null): AttemptChange {
  if (refusal === null) return { event: state === attemptState.adopted ? "adopt" : "make" };
  // A cluster that owns its machines gives them up in one step.
  return { event: state === attemptState.adopted ? "remove" : "fail", failure: refusal };
}

/** How the cloud's answer to `remove` changes the attempt. `refusal` null: nothing of it exists. */
export function afterRemove({ removal }: Pick<AttemptFacts, "removal">, refusal: Refusal | null): AttemptChange {
  if (refusal === null) return { event: "prove-gone" };
  return { event: "remove", removal: afterRefusedRemoval(removal, refusal) };
}
