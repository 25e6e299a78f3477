// Asks a head again until it answers, and says what is waited for: silence alone ends nothing, but nobody waits without a word.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { isStixError, StixError } from "#shared/errors/stix-error.ts";
import { note, type Following } from "./follow-state.ts";

/** While the head is away: at first at once, later every 2 s, for as long as its cluster lives. */
const RETRY_FIRST_MS = 50;
const RETRY_MOST_MS = 2_000;
/** A head that was restarted is back by then. */
const FIRST_WORD_MS = 2_500;
const NEXT_WORD_MS = 60_000;
/** The cloud says that the head's machine does not run: it will not come back by itself. */
const DEAD_HEAD_MS = 30_000;

export interface Patience {
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
  /** True: not worth waiting for any longer. */
  readonly giveUp?: (error: StixError, sinceMs: number) => boolean;
}

export function persistently<T>(
  follow: Following,
  ask: () => Promise<T>,
  patience: Partial<Patience> = {},
): Promise<T> {
  return untilReached(follow, ask, { patienceMs: Number.POSITIVE_INFINITY, ...patience });
}

/**
 * The head may restart, the hub may be away: nothing is lost by asking again, as long as the cluster lives. Throws the last
 * error when patience ends; cluster-not-found or cluster-not-up when the cluster was removed or stopped meanwhile; cluster-not-up when its head's machine is known to be dead.
 */
export async function untilReached<T>(
  follow: Following,
  ask: () => Promise<T>,
  { patienceMs, signal = follow.wish.signal, giveUp }: Patience,
): Promise<T> {
  const { world, cluster, wish } = follow;
  const since = world.clock.monotonic();
  let wordAt = since + FIRST_WORD_MS;
  for (let pause = RETRY_FIRST_MS; ; pause = Math.min(RETRY_MOST_MS, pause * 2)) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (!isStixError(error) || error.code !== "agent-unreachable") throw error;
      const now = await world.clusters.get(cluster.cid);
      const waited = world.clock.monotonic() - since;
      if (now === null || now.removedAt !== null || now.state === clusterState.STOPPED)
        throw takenAway(cluster.name, now?.state === clusterState.STOPPED && now.removedAt === null, error);
      if (!wish.follow || waited > patienceMs) throw error;
      if (giveUp?.(error, waited) === true) throw error;
      const isHeadDead =
        error.details["refusal"] === undefined &&
        now.instances.some((each) => each.nid === "n0" && each.state === "dead");
      if (isHeadDead && waited > DEAD_HEAD_MS) throw deadHead(now, error);
      if (world.clock.monotonic() >= wordAt) {
        await note(follow, waitingText(now, error));
        wordAt = world.clock.monotonic() + NEXT_WORD_MS;
      }
      await world.clock.sleep(pause, signal);
    }
  }
}

function waitingText(cluster: ClusterRecord, error: StixError): string {
  // The head answered: it is one of its workers that does not.
  if (error.details["refusal"] === "not-ready")
    return `Waiting: ${error.message}. If it does not come back: stix start ${cluster.name}`;
  return `Waiting for the head of cluster '${cluster.name}', which does not answer; the job goes on without it. If it does not come back: stix start ${cluster.name}`;
}

/** Somebody ended the cluster, and the job with it. */
function takenAway(name: string, isStopped: boolean, cause: StixError): StixError {
  if (isStopped)
    return new StixError({
      code: "cluster-not-up",
      message: `cluster '${name}' was stopped, and the job ended with it`,
      hint: `stix start ${name}`,
      cause,
    });
  return new StixError({
    code: "cluster-not-found",
    message: `cluster '${name}' was removed, and the job ended with it`,
    hint: "stix status lists the clusters that are left",
    cause,
  });
}

function deadHead(cluster: ClusterRecord, cause: StixError): StixError {
  return new StixError({
    code: "cluster-not-up",
    message: `the head of cluster '${cluster.name}' does not run any more`,
    hint: `stix start ${cluster.name}`,
    cause,
    details: { state: cluster.state },
  });
}
