// Turns the frames of a followed job into what a person reads: header, prefixed lines, footer. Bytes of the job pass unchanged.
import { jobState, isJobTerminal, type JobState } from "../lifecycle/job.ts";
import { cursorKey, type LogFrame } from "../api/log-frames.ts";

export interface LogRenderer {
  /** What to print for this frame; often empty. */
  push(frame: LogFrame, body: Uint8Array): Uint8Array;
  /** What is still held back, when the stream ends without an `end` frame for good. */
  flush(): Uint8Array;
}

export interface RenderOptions {
  /** Print the lines around the output (waiting, started, finished). */
  readonly decorate: boolean;
  /** Milliseconds that only grow: how long setup took. Without it that is not told. */
  readonly monotonic?: () => number;
  /**
   * Where it is told that setup runs and has finished: between the output's lines, or by the side. Absent: nowhere, for
   * SkyPilot's scripts want the output right after the lines around it.
   */
  readonly setupNotes?: "inline" | ((line: string) => void);
}

/** Of several ranks only whole lines are printed; a line longer than this is cut by a newline. Ranks × this bounds memory. */
const HELD_LINE_LIMIT = 1024 * 1024;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

interface StreamState {
  readonly prefix: Uint8Array;
  /** Bytes of the unfinished line that were not printed yet. */
  held: Uint8Array[];
  heldLength: number;
  /** Where the printed part of this stream ends: at a line's begin, after a lone \r, or inside a line. */
  at: "begin" | "return" | "inside";
}

/**
 * A renderer for one followed job. Lines get the prefix `(name, pid=N) ` on a cluster of one node, `(head, rank=0, pid=N) ` and
 * `(worker1, rank=1, pid=N, ip=A) ` otherwise, `(setup …) ` for setup. A carriage return begins a line too, so that progress
 * bars keep their prefix. Text that is not UTF-8 passes as it is. With one node, unfinished lines are printed at once.
 */
export function createLogRenderer(options: RenderOptions = { decorate: true }): LogRenderer {
  const out = createSink();
  const streams = new Map<string, StreamState>();
  let job: Extract<LogFrame, { t: "job" }> | null = null;
  let announced: "nothing" | "waiting" | "started" = "nothing";
  let attempt = 0;
  let setup: { readonly attempt: number; readonly since: number; until: number | null } | null = null;

  function announce(state: JobState, nodes: number): void {
    if (!options.decorate) return;
    if (announced === "nothing") {
      out.text(`├── Waiting for task resources on ${nodes} node${nodes === 1 ? "" : "s"}.\n`);
      announced = "waiting";
    }
    if (
      announced === "waiting" &&
      state !== jobState.INIT &&
      state !== jobState.PENDING &&
      state !== jobState.CANCELLED
    ) {
      out.text("└── Job started. Streaming logs... (Ctrl-C to exit log streaming; job will not be killed)\n");
      announced = "started";
    }
  }

  /** Setup may be silent for minutes: that it runs is told, and how long it took. */
  function announceSetup(frame: Extract<LogFrame, { t: "job" }>): void {
    if (options.setupNotes === undefined) return;
    const now = options.monotonic?.() ?? 0;
    if (frame.state === jobState.SETTING_UP && setup?.attempt !== frame.attempt) {
      setup = { attempt: frame.attempt, since: now - (frame.setupForMs ?? 0), until: null };
      noteSetup(`⚙ Setup is running on ${frame.clusterNodes} node${frame.clusterNodes === 1 ? "" : "s"}.\n`);
    } else if (setup !== null && setup.until === null && frame.state !== jobState.SETTING_UP) setup.until = now;
    // Its last lines may come after the news that it is over.
    else if (setup !== null && setup.until !== null) finishSetup(frame.state);
  }

  function finishSetup(state: JobState): void {
    if (setup === null) return;
    const took =
      options.monotonic === undefined ? "" : ` (${durationText((setup.until ?? options.monotonic()) - setup.since)})`;
    setup = null;
    if (state === jobState.FAILED_SETUP || state === jobState.CANCELLED) return;
    if (options.setupNotes === "inline") closeAll();
    noteSetup(`⚙ Setup finished${took}.\n`);
  }

  function noteSetup(line: string): void {
    if (typeof options.setupNotes === "function") options.setupNotes(line);
    else out.text(line);
  }

  function showJob(frame: Extract<LogFrame, { t: "job" }>): void {
    job = frame;
    announce(frame.state, nodesOf(frame));
    announceSetup(frame);
  }

  function showOutput(frame: Extract<LogFrame, { t: "out" }>, body: Uint8Array): void {
    if (body.length === 0) return;
    if (job !== null) announce(jobState.RUNNING, nodesOf(job));
    if (frame.stream === "run") finishSetup(jobState.RUNNING);
    if (attempt !== 0 && frame.attempt > attempt && options.decorate) {
      closeAll();
      out.text(`↻ The job starts again (attempt ${frame.attempt}).\n`);
    }
    attempt = Math.max(attempt, frame.attempt);
    const key = cursorKey(frame.attempt, frame.stream, frame.rank);
    const stream = streams.get(key) ?? { prefix: prefixOf(job, frame), held: [], heldLength: 0, at: "begin" as const };
    if (!streams.has(key)) {
      // Streams of one node follow one another; the one before may have ended inside a line.
      if (!isShared(job)) closeAll();
      streams.set(key, stream);
    }
    if (isShared(job)) holdLines(out, stream, body);
    else printThrough(out, stream, body);
  }

  function closeAll(): void {
    for (const stream of streams.values()) closeLine(out, stream);
  }

  return {
    push(frame, body) {
      if (frame.t === "job") showJob(frame);
      if (frame.t === "out") showOutput(frame, body);
      if (frame.t === "ping" && frame.note !== undefined && options.decorate) {
        closeAll();
        out.text(`↻ ${frame.note}\n`);
      }
      if (frame.t === "ping" && setup !== null && setup.until !== null) finishSetup(jobState.RUNNING);
      if (frame.t === "end") {
        finishSetup(frame.state);
        closeAll();
        if (options.decorate) out.text(footer(frame));
      }
      return out.take();
    },
    flush() {
      closeAll();
      return out.take();
    },
  };
}

const SECOND_MS = 1_000;
const MINUTE_S = 60;

/** "12 s", "3 min 5 s". */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND_MS));
  return seconds < MINUTE_S ? `${seconds} s` : `${Math.floor(seconds / MINUTE_S)} min ${seconds % MINUTE_S} s`;
}

/** The one line (two when there is something to explain) after the output of a job. */
function footer(frame: Extract<LogFrame, { t: "end" }>): string {
  const mark = frame.state === jobState.SUCCEEDED ? "✓" : "⨯";
  const why =
    frame.state === jobState.SUCCEEDED || frame.reason === undefined || frame.reason === null
      ? ""
      : `ERROR: ${frame.reason}\n`;
  return isJobTerminal(frame.state) ? `${why}${mark} Job finished (status: ${frame.state}).\n` : "";
}

function nodesOf({ numNodes, ranks }: Extract<LogFrame, { t: "job" }>): number {
  return numNodes ?? Math.max(1, ranks.length);
}

/** Several nodes may write at the same time. */
function isShared(job: Extract<LogFrame, { t: "job" }> | null): boolean {
  return job !== null && job.clusterNodes > 1;
}

function prefixOf(job: Extract<LogFrame, { t: "job" }> | null, frame: Extract<LogFrame, { t: "out" }>): Uint8Array {
  return new TextEncoder().encode(`(${prefixText(job, frame)}) `);
}

function prefixText(job: Extract<LogFrame, { t: "job" }> | null, frame: Extract<LogFrame, { t: "out" }>): string {
  const rank = job?.ranks.find((each) => each.rank === frame.rank);
  if (frame.stream === "setup") {
    const pid = job?.setupPids?.[frame.rank] ?? null;
    const node = isShared(job) ? `, node=${frame.rank === 0 ? "head" : `worker${frame.rank}`}` : "";
    return pid === null ? `setup${node}` : `setup pid=${pid}${node}`;
  }
  const pid = rank === undefined || rank.pid === null ? "" : `, pid=${rank.pid}`;
  if (!isShared(job)) return `${job?.name ?? "task"}${pid}`;
  const node = rank?.nodeName ?? "node";
  return `${node}, rank=${frame.rank}${pid}${node === "head" || rank === undefined ? "" : `, ip=${rank.ip}`}`;
}

interface Sink {
  /** Whose bytes came last. */
  lastWriter: StreamState | null;
  text(text: string): void;
  bytes(bytes: Uint8Array): void;
  take(): Uint8Array;
}

function createSink(): Sink {
  let parts: Uint8Array[] = [];
  return {
    lastWriter: null,
    text: (text) => void parts.push(new TextEncoder().encode(text)),
    bytes: (bytes) => void (bytes.length > 0 && parts.push(bytes)),
    take() {
      const all = joined(parts);
      parts = [];
      return all;
    },
  };
}

/** Prints everything, with the prefix at each line's begin. */
function printThrough(out: Sink, stream: StreamState, body: Uint8Array): void {
  let from = 0;
  while (from < body.length) {
    // The \n of a \r\n belongs to the line that \r ended.
    if (stream.at === "return" && body[from] === NEWLINE) {
      if (out.lastWriter !== stream) out.bytes(stream.prefix);
      out.bytes(body.subarray(from, from + 1));
      stream.at = "begin";
      from += 1;
      continue;
    }
    if (stream.at !== "inside") out.bytes(stream.prefix);
    out.lastWriter = stream;
    const end = lineEnd(body, from);
    out.bytes(body.subarray(from, end));
    const last = body[end - 1];
    if (last === NEWLINE) stream.at = "begin";
    else if (last === RETURN) stream.at = "return";
    else stream.at = "inside";
    from = end;
  }
}

/** Prints whole lines and keeps the rest for later, so that lines of several ranks do not mix. */
function holdLines(out: Sink, stream: StreamState, body: Uint8Array): void {
  const end = Math.max(body.lastIndexOf(NEWLINE), body.lastIndexOf(RETURN)) + 1;
  if (end > 0) {
    printThrough(out, stream, joined([...stream.held, body.subarray(0, end)]));
    stream.held = [];
    stream.heldLength = 0;
  }
  if (end === body.length) return;
  stream.held.push(body.slice(end));
  stream.heldLength += body.length - end;
  if (stream.heldLength > HELD_LINE_LIMIT) closeLine(out, stream);
}

/** Ends an unfinished line, printing what is held of it. */
function closeLine(out: Sink, stream: StreamState): void {
  printThrough(out, stream, joined(stream.held));
  stream.held = [];
  stream.heldLength = 0;
  // When another stream wrote since, its line is the one the cursor stands on.
  if (stream.at !== "begin" && out.lastWriter === stream) out.text("\n");
  stream.at = "begin";
}

/** Index after the next \n or \r, or the end. */
function lineEnd(bytes: Uint8Array, from: number): number {
  const newline = bytes.indexOf(NEWLINE, from);
  const limit = newline === -1 ? bytes.length : newline + 1;
  const carriage = bytes.subarray(from, limit).indexOf(RETURN);
  return carriage === -1 ? limit : from + carriage + 1;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
