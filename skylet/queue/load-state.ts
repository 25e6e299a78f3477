// Rebuilds what the head knows from its database.
import { setStage } from "./decision.ts";
import { jobStage } from "#shared/lifecycle/stage.ts";
import { demandOf, jobFromRow, type Store } from "../store/store.ts";
import { takeRoom } from "./fit.ts";
import type { SpecSource } from "./job-record.ts";
import { createHeadState, type HeadState } from "./state.ts";

export interface LoadOptions {
  readonly store: Pick<Store, "openJobs" | "lastJid" | "meta">;
  readonly bootId: string;
  readonly nids: readonly string[];
  readonly perNode: { readonly cpus: number; readonly deviceCount: number };
}

/** What the database says; room that jobs hold is taken, attempts that were not decided are forgotten. */
export function loadState(options: LoadOptions, specOf: SpecSource): HeadState {
  const { store } = options;
  const state = createHeadState(options.nids, options.perNode);
  state.nextJid = store.lastJid() + 1;
  for (const row of store.openJobs()) {
    const job = jobFromRow(row, { ...demandOf(specOf(row.spec_id)), specId: row.spec_id });
    if (job.stage === jobStage.starting) {
      setStage(job, jobStage.queued);
      job.placements = [];
    }
    state.jobs.set(job.jid, job);
    if (job.stage === jobStage.queued) state.queue.push(job.jid);
    else takeRoom(state, job.placements);
  }
  state.draining = store.meta("draining") === options.bootId;
  return state;
}
