// Time and chance as arguments, so that everything that decides can run in simulation. The only file that asks the system for
// either: test/house/time.test.ts looks.

export interface Clock {
  /** Milliseconds since the epoch, UTC. For display and records. */
  now(): number;
  /** Milliseconds that never run backwards. For durations. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** `background`: the process may end although this is still to come. */
export interface TimerOptions {
  readonly background?: boolean;
}

export interface Timers {
  /** When this turn of the loop has done its work. */
  soon(work: () => void): void;
  /** Once, after `ms`. Gives the way to call it off. */
  after(ms: number, work: () => void, options?: TimerOptions): () => void;
  /** Again and again, first after `ms`. Gives the way to call it off. */
  every(ms: number, work: () => void, options?: TimerOptions): () => void;
  /** Aborted after `ms` with an error named TimeoutError. Holds no process. */
  deadline(ms: number): AbortSignal;
}

/** A clock that can also do things later. */
export interface Time extends Clock, Timers {}

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A UUID, version 4. */
  uuid(): string;
  /** `length` characters of [a-z0-9]. */
  token(length: number): string;
}

const TOKEN_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

const realTimers: Timers = {
  soon: (work) => void setImmediate(work),
  after: (ms, work, options) => {
    const timer = setTimeout(work, ms);
    if (options?.background === true) timer.unref();
    return () => clearTimeout(timer);
  },
  every: (ms, work, options) => {
    const timer = setInterval(work, ms);
    if (options?.background === true) timer.unref();
    return () => clearInterval(timer);
  },
  deadline: (ms) => AbortSignal.timeout(ms),
};

/** The real clock. STIX_CLOCK_FILE, when set, names a file that holds a number of milliseconds to add: tests move time with it. */
export function realClock(readOffsetMs: () => number = () => 0): Time {
  return {
    ...realTimers,
    now: () => Date.now() + readOffsetMs(),
    monotonic: () => performance.now() + readOffsetMs(),
    sleep: (ms, signal) => sleepOn(realTimers, ms, signal),
  };
}

/** Real time, for the edges of the program; what decides gets its own as an argument. */
export const realTime: Time = realClock();

/** A sleep made of a timer; rejects with the signal's reason when that comes first. */
export function sleepOn(timers: Pick<Timers, "after">, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      callOff();
      reject(signal?.reason);
    };
    const callOff = timers.after(ms, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    });
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Chance from the operating system. */
export function realRandom(): Random {
  return {
    next: () => Math.random(),
    uuid: () => crypto.randomUUID(),
    token: (length) => {
      const bytes = crypto.getRandomValues(new Uint8Array(length));
      return Array.from(bytes, (byte) => TOKEN_ALPHABET[byte % TOKEN_ALPHABET.length]).join("");
    },
  };
}
