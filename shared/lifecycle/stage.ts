// The life of one attempt of a job, inside the head: the states that users see follow from it.
import { lifecycle, type EventOf, type StateOf } from "./moves.ts";

export const stageLife = lifecycle("job's attempt", {
  states: {
    queued: { doc: "waits for its turn", tone: "waits" },
    starting: { doc: "its nodes are asked whether they are ready; nothing was started", tone: "waits" },
    setup: {
      doc: "decided: the setup script runs, or is being started, on every node that is alive",
      tone: "waits",
    },
    committed: { doc: "decided: the ranks are being started", tone: "waits" },
    running: { doc: "every rank was started", tone: "good" },
    aborting: { doc: "its processes are being killed", tone: "leaves" },
    burying: {
      doc: "ended for the user, but a lost node may run its part still: its room stays taken until that is proven dead",
      tone: "leaves",
    },
    final: { doc: "nothing of it lives", tone: "gone", terminal: true },
  },
  moves: [
    [null, "submit", "queued"],
    ["queued", "ask", "starting"],
    ["starting", "set-up", "setup"],
    [["starting", "setup"], "commit", "committed"],
    ["committed", "run", "running"],
    [["starting", "aborting"], "requeue", "queued"],
    [["queued", "starting", "setup", "committed", "running"], "abort", "aborting"],
    [["setup", "committed", "running", "aborting"], "end", "burying"],
    ["burying", "bury", "final"],
  ],
});

export const jobStage = stageLife.state;
export const stages = stageLife.order;
export type Stage = StateOf<typeof stageLife>;
export type StageMove = EventOf<typeof stageLife>;
