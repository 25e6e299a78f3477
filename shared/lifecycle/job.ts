// States of a job on a cluster, as users see them.

export const jobStates = [
  "INIT", // the row exists, nothing was queued yet
  "PENDING", // waits in the queue for its turn or for resources
  "SETTING_UP", // the setup script runs on the nodes
  "RUNNING", // the run script runs
  "FAILED_DRIVER", // the machinery around the job broke
  "SUCCEEDED", // every rank ended with 0
  "FAILED", // a rank ended with another code
  "FAILED_SETUP", // a setup script ended with another code than 0
  "CANCELLED", // the user asked, and every process of the job is proven dead
] as const;

export type JobState = (typeof jobStates)[number];

const terminal: ReadonlySet<JobState> = new Set(["FAILED_DRIVER", "SUCCEEDED", "FAILED", "FAILED_SETUP", "CANCELLED"]);

/** True when the job can never change again. */
export function isJobTerminal(state: JobState): boolean {
  return terminal.has(state);
}

/** Exit status of a command that followed a job: 0, 100 failed, 101 not finished, 103 cancelled. */
export function jobExitStatus(state: JobState): number {
  if (state === "SUCCEEDED") return 0;
  if (state === "CANCELLED") return 103;
  return isJobTerminal(state) ? 100 : 101;
}
