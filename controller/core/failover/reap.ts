// Decides which machines that clouds list are nobody's any more, and which attempts still owe a removal. Pure.
import { attemptState, type AttemptState } from "#shared/lifecycle/attempt.ts";
import type { Removal } from "./facts.ts";
import { removalDueAt } from "./removal.ts";

export interface FoundMachine {
  readonly cloud: string;
  readonly cid: string;
  /** The key of the attempt that made it; null: made before machines carried one. */
  readonly attempt: string | null;
}

/** What the rows say of a cluster id. */
export interface KnownCluster {
  readonly row: "living" | "ended";
  /** A living request works on it. */
  readonly isBusy: boolean;
  readonly attempts: readonly KnownAttempt[];
}

export interface KnownAttempt {
  readonly id: string;
  readonly cloud: string;
  readonly state: AttemptState;
  readonly removal: Removal | null;
}

/** Machines to remove: those of one attempt, or (`attempt` null) all of a cluster whose row was ended. */
export interface Removable {
  readonly cloud: string;
  readonly cid: string;
  readonly attempt: string | null;
}

export interface Reaping {
  readonly remove: readonly Removable[];
  /** Cluster ids of which we know nothing, or whose machines are not those that the ledger knows: another installation's, or from before a restored database. Reported only. */
  readonly strange: readonly { readonly cloud: string; readonly cid: string }[];
}

/**
 * Removal needs a row that says so; a missing row is never enough. Machines of
 * an attempt that was proven gone appear when a cloud was slow to make or to list them: they are removed like any other.
 */
export function decideReaping(
  machines: readonly FoundMachine[],
  known: ReadonlyMap<string, KnownCluster>,
  now: number,
): Reaping {
  const remove = new Map<string, Removable>();
  const strange = new Map<string, { readonly cloud: string; readonly cid: string }>();
  for (const { cloud, cid, attempt } of machines) {
    const cluster = known.get(cid);
    const verdict = cluster === undefined ? "strange" : judge(cluster, { cloud, attempt }, now);
    if (verdict === "strange") strange.set(`${cloud} ${cid}`, { cloud, cid });
    if (verdict === "remove-attempt") remove.set(`${cid} ${attempt ?? ""}`, { cloud, cid, attempt });
    if (verdict === "remove-all") remove.set(`${cid} ${cloud}`, { cloud, cid, attempt: null });
  }
  for (const [cid, cluster] of known)
    for (const attempt of cluster.attempts)
      if (owesRemoval(cluster, attempt, now))
        remove.set(`${cid} ${attempt.id}`, { cloud: attempt.cloud, cid, attempt: attempt.id });
  return { remove: [...remove.values()], strange: [...strange.values()] };
}

function judge(
  cluster: KnownCluster,
  machine: Pick<FoundMachine, "cloud" | "attempt">,
  now: number,
): "keep" | "remove-attempt" | "remove-all" | "strange" {
  const attempt = cluster.attempts.find((each) => each.id === machine.attempt && each.cloud === machine.cloud);
  if (attempt !== undefined) {
    const isGone = attempt.state === attemptState.removed || owesRemoval(cluster, attempt, now);
    return isGone ? "remove-attempt" : "keep";
  }
  if (cluster.row === "ended") return "remove-all";
  // Older than the marks of attempts: its row is the only one that knows it.
  return cluster.row === "living" && machine.attempt === null ? "keep" : "strange";
}

/** A living request settles its attempts itself, but a removal that it does not wait for any more is ours in any case. */
function owesRemoval(cluster: KnownCluster, attempt: KnownAttempt, now: number): boolean {
  if (attempt.state === attemptState.removed) return false;
  if (attempt.state === attemptState.removing) return removalDueAt(attempt) <= now;
  if (cluster.row !== "living") return true;
  return attempt.state === attemptState.failed && !cluster.isBusy;
}
