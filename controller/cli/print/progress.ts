// A request's log on the terminal: its lines as they are, its control lines as a spinner, or as plain lines when there is no terminal.
import type { CliContext, Output } from "#controller/cli/frame/context.ts";
import { shorten } from "#shared/table/lines.ts";
import { paint } from "./colour.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 80;
const CONTROL = /^<sky-payload(?: [^>]*)?>(.*)<\/sky-payload>$/;
const RICH = /^<rich_(init|start|update|stop|exit)>?(?:([\s\S]*?)<\/rich_\w+>)?/;

export interface Progress {
  /** Bytes of the request's log, cut anywhere. */
  readonly take: (chunk: Uint8Array) => void;
  /** Shows a line that does not come from the server. */
  readonly say: (line: string) => void;
  /** Removes the spinner. Prints what is left of a line without end. */
  readonly close: () => void;
}

/** Lines go to `out`; the spinner and plain progress lines go to the standard error. */
export function createProgress(context: Pick<CliContext, "stderr" | "clock">, out: Output): Progress {
  const decoder = new TextDecoder();
  const spinner = createSpinner(context);
  let rest = "";
  let lastPlain = "";

  const control = (payload: string) => {
    const rich = RICH.exec(unquoted(payload));
    if (rich === null) return;
    const message = plainText(rich[2] ?? "");
    const kind = rich[1];
    if (kind === "stop" || kind === "exit") spinner.stop();
    else if (message !== "" && spinner.shows) spinner.show(message);
    else if (message !== "" && kind !== "init" && message !== lastPlain) {
      lastPlain = message;
      context.stderr.write(`${message}\n`);
    }
  };
  const line = (text: string) => {
    const found = CONTROL.exec(text.replace(/\r$/, ""));
    if (found !== null) return control(found[1] ?? "");
    spinner.around(() => out.write(`${text}\n`));
  };
  return {
    take: (chunk) => {
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const one of lines) line(one);
    },
    say: (text) => spinner.around(() => context.stderr.write(`${text}\n`)),
    close: () => {
      if (rest !== "") line(rest);
      rest = "";
      spinner.stop();
    },
  };
}

export interface Spinner {
  readonly shows: boolean;
  /** A function is asked again for every frame. */
  readonly show: (message: string | (() => string)) => void;
  readonly stop: () => void;
  /** Clears the spinner's line while something else is printed. */
  readonly around: (print: () => void) => void;
}

/** One line at the bottom of the terminal that turns; nothing where the standard error is none. */
export function createSpinner(context: Pick<CliContext, "stderr" | "clock">): Spinner {
  const { stderr, clock } = context;
  let message: string | (() => string) | undefined;
  let frame = 0;
  let turning: AbortController | undefined;
  const draw = () => {
    if (message === undefined) return;
    frame = (frame + 1) % FRAMES.length;
    const text = shorten(typeof message === "string" ? message : message(), Math.max(1, stderr.columns - 3), "end");
    stderr.write(`\r\x1b[2K${paint(stderr.colour, "cyan", FRAMES[frame] ?? "")} ${text}`);
  };
  const clear = () => {
    if (message !== undefined) stderr.write("\r\x1b[2K");
  };
  const turn = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      draw();
      await clock.sleep(FRAME_MS, signal).catch(() => undefined);
    }
  };
  return {
    shows: stderr.isTty,
    show: (next) => {
      message = next;
      if (turning === undefined) {
        turning = new AbortController();
        void turn(turning.signal);
      } else draw();
    },
    stop: () => {
      turning?.abort();
      turning = undefined;
      clear();
      message = undefined;
    },
    around: (print) => {
      clear();
      print();
    },
  };
}

/** Control lines hold JSON text, which holds markup. */
function unquoted(payload: string): string {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === "string" ? value : "";
  } catch {
    return payload;
  }
}

/** Without the `[bold cyan]…[/]` of SkyPilot's markup. */
export function plainText(markup: string): string {
  return markup.replace(/\[\/?[a-z][a-z0-9_ #]*\]|\[\/\]/g, "").trim();
}
