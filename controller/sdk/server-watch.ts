// Looks after a server while something is awaited from it: who waits is told within three seconds, and a server that cannot
// answer is given up. One that may only be slow is waited for.
import { realTime } from "#shared/clock.ts";
import type { StixError } from "#shared/errors/stix-error.ts";

/** `answer`: due at once. `long`: a stream or a long poll, which may be silent for hours. */
export type WatchedKind = "answer" | "long";

export interface ServerWatch {
  /** Aborted with the error once the server is given up. */
  readonly signal: AbortSignal;
  /** Something is awaited from now on, until the function that it gives is called. */
  readonly begin: (kind: WatchedKind) => () => void;
}

export interface WatchFacts {
  /** Milliseconds that the server has been seen suspended. */
  readonly suspendedMs: number;
  /** Milliseconds that the oldest ordinary call waits. */
  readonly answerMs: number;
  /** Milliseconds that the question whether it is well has not been answered. */
  readonly healthMs: number;
}

export type WatchWords = "nothing" | "suspended" | "at work" | "silent" | "silent for long";

const TICK_MS = 400;
/** Shorter is a hand on Ctrl-Z and `fg`. */
const SUSPENDED_MS = 800;
const ASK_AFTER_MS = 800;
const ASK_EVERY_MS = 10_000;
const AT_WORK_MS = 2_400;
const SILENT_MS = 1_600;
const LONG_SILENT_MS = 20_000;

export function judge({ suspendedMs, answerMs, healthMs }: WatchFacts): WatchWords {
  if (suspendedMs >= SUSPENDED_MS) return "suspended";
  if (healthMs >= LONG_SILENT_MS) return "silent for long";
  if (healthMs >= SILENT_MS) return "silent";
  return answerMs >= AT_WORK_MS && healthMs === 0 ? "at work" : "nothing";
}

export interface WatchOptions {
  readonly url: string;
  /** Milliseconds that never run backwards. */
  readonly monotonic: () => number;
  /** The error of a suspended local server; undefined when it is not, or cannot be seen from here. */
  readonly suspended: () => StixError | undefined;
  /** Comes back, or fails, when the server has answered whether it is well. */
  readonly askHealth: () => Promise<unknown>;
  /** What may be typed when it stays silent. */
  readonly cure: string;
  readonly tell: (line: string) => void;
}

export function watchServer(options: WatchOptions): ServerWatch {
  const { monotonic } = options;
  const given = new AbortController();
  const awaited = new Map<symbol, { readonly kind: WatchedKind; readonly since: number }>();
  const told = new Set<WatchWords>();
  let callOff: (() => void) | undefined;
  let suspendedSince: number | undefined;
  let asked: { readonly at: number; answered: boolean } | undefined;

  const oldest = (kind?: WatchedKind) =>
    Math.min(...[...awaited.values()].filter((one) => kind === undefined || one.kind === kind).map((one) => one.since));
  const ask = (now: number) => {
    if (now - oldest() < ASK_AFTER_MS || (asked !== undefined && (!asked.answered || now - asked.at < ASK_EVERY_MS)))
      return;
    const question = { at: now, answered: false };
    asked = question;
    const answered = () => {
      question.answered = true;
      told.delete("silent");
      told.delete("silent for long");
    };
    options.askHealth().then(answered, answered);
  };
  const look = () => {
    const now = monotonic();
    const error = options.suspended();
    suspendedSince = error === undefined ? undefined : (suspendedSince ?? now);
    if (error === undefined) ask(now);
    const words = judge({
      suspendedMs: suspendedSince === undefined ? 0 : now - suspendedSince,
      answerMs: Math.max(0, now - oldest("answer")),
      healthMs: asked === undefined || asked.answered ? 0 : now - asked.at,
    });
    if (words === "suspended") return given.abort(error);
    if (words === "nothing" || told.has(words)) return;
    told.add(words);
    options.tell(lineOf(words, options));
  };
  const stop = () => {
    callOff?.();
    callOff = suspendedSince = undefined;
    told.delete("at work");
  };
  return {
    signal: given.signal,
    begin: (kind) => {
      const key = Symbol(kind);
      awaited.set(key, { kind, since: monotonic() });
      callOff ??= realTime.every(TICK_MS, look, { background: true });
      return () => {
        awaited.delete(key);
        if (awaited.size === 0) stop();
      };
    },
  };
}

function lineOf(words: "at work" | "silent" | "silent for long", { url, cure }: WatchOptions): string {
  switch (words) {
    case "at work":
      return `The API server at ${url} is well, and still at work on this; waiting.`;
    case "silent":
      return `The API server at ${url} does not answer at the moment; waiting.`;
    case "silent for long":
      return `The API server at ${url} has not answered for ${LONG_SILENT_MS / 1000} s; waiting. ${cure}`;
  }
}
