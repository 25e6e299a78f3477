// The life of a job on a cluster, as users see it.
import { lifecycle, type EventOf, type StateOf, type TerminalStateOf } from "./moves.ts";

export const jobLife = lifecycle("job", {
  states: {
    INIT: { doc: "the row exists, nothing was queued yet", tone: "waits" },
    PENDING: { doc: "waits in the queue for its turn or for resources", tone: "waits" },
    SETTING_UP: { doc: "the setup script runs on the nodes", tone: "waits" },
    RUNNING: { doc: "the run script runs", tone: "good" },
    FAILED_DRIVER: { doc: "the machinery around the job broke", tone: "bad", terminal: true },
    SUCCEEDED: { doc: "every rank ended with 0", tone: "good", terminal: true },
    FAILED: { doc: "a rank ended with another code", tone: "bad", terminal: true },
    FAILED_SETUP: { doc: "a setup script ended with another code than 0", tone: "bad", terminal: true },
    CANCELLED: {
      doc: "the user asked, and every process of the job is proven dead",
      tone: "rests",
      terminal: true,
    },
  },
  moves: [
    [null, "record", "INIT"],
    [null, "submit", "PENDING"],
    ["INIT", "submit", "PENDING"],
    ["PENDING", "set-up", "SETTING_UP"],
    [["PENDING", "SETTING_UP"], "run", "RUNNING"],
    // An attempt that never got under way everywhere: back to its place in the queue.
    [["PENDING", "SETTING_UP", "RUNNING"], "requeue", "PENDING"],
    // A task without `run` ends with its setup.
    [["SETTING_UP", "RUNNING"], "succeed", "SUCCEEDED"],
    ["SETTING_UP", "fail-setup", "FAILED_SETUP"],
    // A rank may fail before the last one was started.
    [["PENDING", "SETTING_UP", "RUNNING"], "fail", "FAILED"],
    [["INIT", "PENDING", "SETTING_UP", "RUNNING"], "break", "FAILED_DRIVER"],
    [["INIT", "PENDING", "SETTING_UP", "RUNNING"], "cancel", "CANCELLED"],
  ],
});

export const jobState = jobLife.state;
export const jobStates = jobLife.order;
export type JobState = StateOf<typeof jobLife>;
export type EndedJobState = TerminalStateOf<typeof jobLife>;
export type JobMove = EventOf<typeof jobLife>;

/** True when the job can never change again. */
export const isJobTerminal = jobLife.isTerminal;

/** Exit status of a command that followed a job: 0, 100 failed, 101 not finished, 103 cancelled. */
export function jobExitStatus(state: JobState): number {
  if (state === jobState.SUCCEEDED) return 0;
  if (state === jobState.CANCELLED) return 103;
  return isJobTerminal(state) ? 100 : 101;
}
