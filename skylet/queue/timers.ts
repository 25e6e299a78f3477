// When things happen: real timers, or a simulation's.

export interface Timers {
  readonly soon: (work: () => void) => void;
  /** Gives the way to call it off. */
  readonly after: (ms: number, work: () => void) => () => void;
}

export const realTimers: Timers = {
  soon: (work) => void setImmediate(work),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
