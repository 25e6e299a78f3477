// A screen that is drawn again and again in its place: what `--watch` and `top` show. Keys end it; the terminal is left as it was.
import type { CliContext, Output } from "#controller/cli/frame/context.ts";
import { isTerminal, setRawKeys, terminalRows } from "#controller/cli/frame/terminal.ts";

export interface LiveScreen {
  /** Shows the text from the first line on; what does not fit below is left out. */
  readonly draw: (text: string) => void;
  /** Waits so long, or until the size has changed, or somebody wants to leave. */
  readonly next: (ms: number) => Promise<"again" | "leave">;
  /** The cursor goes below what was drawn last, and keys do again what they did. */
  readonly close: () => void;
}

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const FIRST_LINE = "\x1b[H";
const CLEAR_ALL = "\x1b[2J\x1b[H";
const CLEAR_LINE_REST = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const leaving: readonly number[] = [CTRL_C, CTRL_D, "q".charCodeAt(0), "Q".charCodeAt(0)];

const STDIN = 0;
const STDOUT = 1;

/** Only for a standard output that is a terminal. */
export function openLiveScreen(context: Pick<CliContext, "stdout" | "clock" | "interrupted">): LiveScreen {
  const { stdout, clock, interrupted } = context;
  const left = new AbortController();
  let wake = new AbortController();
  const resized = () => wake.abort();
  const hasKeys = isTerminal(STDIN);
  if (hasKeys) {
    setRawKeys(STDIN, true);
    void untilLeaving().then(() => left.abort());
  }
  process.on("SIGWINCH", resized);
  stdout.write(HIDE_CURSOR + CLEAR_ALL);
  return {
    draw: (text) => {
      const lines = text.replace(/\n$/, "").split("\n");
      const shown = lines.slice(0, Math.max(1, terminalRows(STDOUT) - 1));
      stdout.write(`${FIRST_LINE}${shown.map((line) => `${line}${CLEAR_LINE_REST}\r\n`).join("")}${CLEAR_BELOW}`);
    },
    next: async (ms) => {
      const over = AbortSignal.any([interrupted, left.signal, wake.signal]);
      await clock.sleep(ms, over).catch(() => undefined);
      if (wake.signal.aborted) {
        wake = new AbortController();
        stdout.write(CLEAR_ALL);
      }
      return interrupted.aborted || left.signal.aborted ? "leave" : "again";
    },
    close: () => {
      process.off("SIGWINCH", resized);
      if (hasKeys) setRawKeys(STDIN, false);
      stdout.write(SHOW_CURSOR);
    },
  };
}

/** Resolves at a key that leaves, or at the end of the input. */
async function untilLeaving(): Promise<void> {
  for await (const bytes of Bun.stdin.stream()) if (bytes.some((byte) => leaving.includes(byte))) return;
}

/** An output that keeps what is written, as wide and coloured as the real one. */
export function capture(real: Output): { readonly output: Output; readonly taken: () => string } {
  let text = "";
  const decoder = new TextDecoder();
  return {
    taken: () => text,
    output: {
      write: (more) => void (text += more),
      writeBytes: async (bytes) => void (text += decoder.decode(bytes, { stream: true })),
      isTty: real.isTty,
      get columns() {
        return real.columns;
      },
      colour: real.colour,
    },
  };
}
