// A world without real time: an ordered list of things to do, and chance from a seed. The same seed gives the same world.

export interface VirtualWorld {
  readonly now: () => number;
  after(ms: number, work: () => void): () => void;
  /** In [0, 1). */
  readonly chance: () => number;
  /** An integer in [low, high]. */
  pick(low: number, high: number): number;
  /** Does what is due, in order, until `until` or nothing is left. Promises settle between two things. */
  run(until: number): Promise<void>;
  readonly trace: string[];
  note(line: string): void;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** Promise chains of the code under test are at most this deep. */
const MICROTASK_ROUNDS = 12;

export function createWorld(seed: number): VirtualWorld {
  let now = 0;
  let order = 0;
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  const due: Due[] = [];
  const trace: string[] = [];

  /** mulberry32: small, fast, good enough to choose faults. */
  function chance(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  function before(left: Due, right: Due): boolean {
    return left.at < right.at || (left.at === right.at && left.order < right.order);
  }

  function push(entry: Due): void {
    let index = due.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = due[parent];
      if (above === undefined || !before(entry, above)) break;
      due[index] = above;
      index = parent;
    }
    due[index] = entry;
  }

  function shift(): Due | undefined {
    const first = due[0];
    const last = due.pop();
    if (first === undefined || last === undefined || due.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= due.length) break;
      const right = left + 1;
      const leftDue = due[left] as Due;
      const rightDue = due[right];
      const child = rightDue !== undefined && before(rightDue, leftDue) ? right : left;
      const smaller = due[child] as Due;
      if (!before(smaller, last)) break;
      due[index] = smaller;
      index = child;
    }
    due[index] = last;
    return first;
  }

  return {
    now: () => now,
    after: (ms, work) => {
      let off = false;
      push({
        at: now + Math.max(0, ms),
        order: order++,
        work: () => {
          if (!off) work();
        },
      });
      return () => {
        off = true;
      };
    },
    chance,
    pick: (low, high) => low + Math.floor(chance() * (high - low + 1)),
    run: async (until) => {
      for (;;) {
        const next = due[0];
        if (next === undefined || next.at > until) break;
        shift();
        now = Math.max(now, next.at);
        next.work();
        for (let round = 0; round < MICROTASK_ROUNDS; round++) await Promise.resolve();
      }
      now = until;
    },
    trace,
    note: (line) => trace.push(`${now} ${line}`),
  };
}
