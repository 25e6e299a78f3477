// Who this head is to others: its number (`inc`), given by the controller to each new database, its run, and the epoch of the
// controller that commands it. Each is on the disk before it counts.
import type { HeadIdentity } from "#shared/wire/bus.ts";
import type { MetaKey, Store } from "../store/store.ts";

export interface Identity {
  /** null: the controller has not numbered this database yet. */
  readonly inc: () => number | null;
  /** As workers are told. */
  readonly toWorkers: () => HeadIdentity;
  readonly numbered: (inc: number) => void;
  /** True when the epoch is at least the highest seen; a higher one is kept. */
  readonly acceptEpoch: (epoch: number) => boolean;
}

/** `record` throws when the disk does not take it; what was known before holds then. */
export function createIdentity(
  store: Pick<Store, "meta">,
  run: number,
  record: (meta: Partial<Record<MetaKey, string>>) => void,
): Identity {
  const kept = store.meta("inc");
  let inc = kept === null ? null : Number(kept);
  let highest = Number(store.meta("epoch") || 0);
  return {
    inc: () => inc,
    toWorkers: () => ({ inc: inc ?? 0, run }),
    numbered: (given) => {
      if (given !== inc) record({ inc: String(given) });
      inc = given;
    },
    acceptEpoch: (epoch) => {
      if (epoch < highest) return false;
      if (epoch > highest) record({ epoch: String(epoch) });
      highest = epoch;
      return true;
    },
  };
}
