// The life of a cluster. No row means it is gone.
import { invariant } from "../errors/stix-error.ts";
import { lifecycle, move, type EventOf, type KeptStateOf, type StateOf } from "./moves.ts";

export const clusterLife = lifecycle("cluster", {
  states: {
    INIT: { doc: "being made, or some of its nodes are not as they should be", tone: "waits" },
    UP: { doc: "every node runs and its head answers", tone: "good" },
    AUTOSTOPPING: { doc: "its head decided to stop or remove it and is doing so", tone: "leaves" },
    STOPPED: { doc: "its nodes are stopped, their disks are kept", tone: "rests" },
    TERMINATED: { doc: "its machines are gone and its row has ended", tone: "gone", terminal: true, rowless: true },
  },
  moves: [
    [null, "launch", "INIT"],
    [null, "adopt", "INIT"],
    // Machines exist or run; agents come next.
    ["INIT", "make", "INIT"],
    [["INIT", "UP", "AUTOSTOPPING", "STOPPED"], "start", "INIT"],
    // What was found out. Somebody may have started or stopped the machines from outside, so these come from anywhere.
    [["INIT", "UP", "AUTOSTOPPING", "STOPPED"], "well", "UP"],
    [["INIT", "UP", "AUTOSTOPPING", "STOPPED"], "hurt", "INIT"],
    [["INIT", "UP", "AUTOSTOPPING", "STOPPED"], "autostop", "AUTOSTOPPING"],
    [["INIT", "UP", "AUTOSTOPPING", "STOPPED"], "stop", "STOPPED"],
    [["INIT", "UP", "AUTOSTOPPING", "STOPPED"], "remove", "TERMINATED"],
  ],
});

export const clusterState = clusterLife.state;
/** States that a row may hold. */
export const clusterStates = clusterLife.kept;
/** What a row holds. */
export type ClusterState = KeptStateOf<typeof clusterLife>;
/** What those who watch are told; TERMINATED as well. */
export type ToldClusterState = StateOf<typeof clusterLife>;
/** What may happen to a cluster that goes on having a row. */
export type ClusterMove = Exclude<EventOf<typeof clusterLife>, "remove">;

/** Where `event` leads a cluster (null: there is none yet). Throws illegal-move. */
export function clusterAfter(from: ClusterState | null, event: ClusterMove): ClusterState {
  const to = move(clusterLife, from, event);
  invariant(!clusterLife.isTerminal(to), "only `remove` ends a cluster", { from, event });
  return to;
}
