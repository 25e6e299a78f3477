// What a head does again and again beside its work: forgets old jobs, keeps room on the disk, looks at deadlines of the queue.
import type { Time } from "#shared/clock.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { AgentLog } from "../agent-log.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import type { Store } from "../store/store.ts";

/** A hundred thousand ended jobs are about 60 MB of database. */
const JOBS_KEPT = 100_000;
const PRUNE_EVERY_MS = 3_600_000;
/** After the first job was started. */
const RESERVE_FIRST_MS = 1_500;
const RESERVE_EVERY_MS = 10_000;
/** Deadlines inside the queue are of whole seconds. */
const TICK_MS = 500;

export function startUpkeep(
  steady: Time,
  log: AgentLog,
  { store, queue }: { readonly store: Pick<Store, "pruneJobs" | "keepReserve">; readonly queue: RunQueue },
): void {
  /** A full disk can wait for the next time. */
  const attempt = (work: () => void, failure: string) => () => {
    try {
      work();
    } catch (error) {
      log("warn", failure, { error: errorText(error) });
    }
  };
  const prune = attempt(() => store.pruneJobs(JOBS_KEPT), "not-pruned");
  // What ends jobs is written also when the disk is full.
  const keepReserve = attempt(() => store.keepReserve(), "reserve-not-kept");
  prune();
  steady.every(PRUNE_EVERY_MS, prune);
  steady.after(RESERVE_FIRST_MS, keepReserve);
  steady.every(RESERVE_EVERY_MS, keepReserve);
  steady.every(TICK_MS, () => {
    if (queue.state().jobs.size > 0) queue.post({ f: "tick" });
  });
}
