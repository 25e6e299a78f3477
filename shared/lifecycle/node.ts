// The life of a node, as its head knows it. A node ends with its cluster and not by itself, so nothing here is terminal.
import { lifecycle, type EventOf, type StateOf } from "./moves.ts";

export const nodeLife = lifecycle("node", {
  states: {
    UP: { doc: "it was heard in time", tone: "good" },
    SUSPECT: { doc: "it is silent; it may live", tone: "waits" },
    LOST: { doc: "it was silent for too long: what ran on it counts as lost", tone: "bad" },
  },
  moves: [
    [null, "expect", "SUSPECT"],
    [null, "hear", "UP"],
    [["UP", "SUSPECT", "LOST"], "hear", "UP"],
    ["UP", "silence", "SUSPECT"],
    [["UP", "SUSPECT"], "lose", "LOST"],
  ],
});

export const nodeState = nodeLife.state;
export const nodeStates = nodeLife.order;
export type NodeState = StateOf<typeof nodeLife>;
export type NodeMove = EventOf<typeof nodeLife>;
