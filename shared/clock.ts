// Time and chance as arguments, so that everything that decides can run in simulation.

export interface Clock {
  /** Milliseconds since the epoch, UTC. For display and records. */
  now(): number;
  /** Milliseconds that never run backwards. For durations. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A UUID, version 4. */
  uuid(): string;
  /** `length` characters of [a-z0-9]. */
  token(length: number): string;
}

const TOKEN_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The real clock. STIX_CLOCK_FILE, when set, names a file that holds a number of milliseconds to add: tests move time with it. */
export function realClock(readOffsetMs: () => number = () => 0): Clock {
  return {
    now: () => Date.now() + readOffsetMs(),
    monotonic: () => performance.now() + readOffsetMs(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener("abort", stop);
          resolve();
        }, ms);
        signal?.addEventListener("abort", stop, { once: true });
      }),
  };
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
