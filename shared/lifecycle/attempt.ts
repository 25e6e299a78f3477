// The life of one try to rent a plan's machines. Attempts are the ledger of what may have been rented: whatever is not
// terminal here may cost money, or may come to exist yet.
import { lifecycle, type EventOf, type StateOf } from "./moves.ts";

export const attemptLife = lifecycle("attempt", {
  states: {
    intended: { doc: "written down; the cloud was not asked", tone: "waits" },
    creating: { doc: "the cloud is being asked, or was and its answer was not heard", tone: "waits" },
    made: { doc: "the cloud said that the machines exist", tone: "waits" },
    adopted: { doc: "the machines belong to a cluster", tone: "good" },
    failed: { doc: "the cloud refused or broke off; some machines may exist", tone: "bad" },
    removing: { doc: "what it left is being removed", tone: "leaves" },
    removed: { doc: "the cloud said that nothing of it exists", tone: "gone", terminal: true },
  },
  moves: [
    [null, "intend", "intended"],
    // Asked again with the same key after a crash.
    [["intended", "creating"], "create", "creating"],
    ["creating", "make", "made"],
    [["made", "adopted"], "adopt", "adopted"],
    // Machines that were found without a row.
    [null, "adopt", "adopted"],
    [["intended", "creating", "made"], "fail", "failed"],
    [["intended", "creating", "made", "adopted", "failed", "removing"], "remove", "removing"],
    ["removing", "prove-gone", "removed"],
  ],
});

export const attemptState = attemptLife.state;
export const attemptStates = attemptLife.order;
export type AttemptState = StateOf<typeof attemptLife>;
export type AttemptMove = EventOf<typeof attemptLife>;
