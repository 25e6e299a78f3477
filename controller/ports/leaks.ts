// What is remembered of machines that clouds list and our books do not know, so that every `status` can say so at once.

/** Machines with a mark of ours and no row: their database was lost, or another installation of ours made them. */
export interface Leak {
  readonly cid: string;
  readonly cloud: string;
  /** The cluster's name as its head has it; null when that cannot be read. */
  readonly name: string | null;
  readonly nodeCount: number;
  readonly runningCount: number;
}

export interface LeakBook {
  /** As of the last look. */
  readonly known: () => readonly Leak[];
  readonly replace: (leaks: readonly Leak[]) => void;
  /** Resolves after the first look; null: that was. */
  readonly looked: () => Promise<void> | null;
}

export function createLeakBook(): LeakBook {
  let known: readonly Leak[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let isLooked = false;
  return {
    known: () => known,
    replace: (leaks) => {
      known = leaks;
      isLooked = true;
      resolve();
    },
    looked: () => (isLooked ? null : promise),
  };
}
