// A program in a terminal of its own, as a person has it: what it shows, what is typed, Ctrl-C and Ctrl-D.
import { signal } from "./processes.ts";
import { stixProgram, type Deployment, type Ended } from "./harness.ts";

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** 80 when left out. */
  readonly columns?: number;
  /** 24 when left out. */
  readonly rows?: number;
}

/** Keys that are more than their letter. */
export const keys = { ctrlC: "\x03", ctrlD: "\x04", ctrlU: "\x15", enter: "\r", tab: "\t" } as const;

export interface Terminal extends AsyncDisposable {
  readonly pid: number;
  /** All that was shown so far, what was typed included, with "\n" as line ends and without colours and movements of the cursor. */
  shown(): string;
  /** The same as the program wrote it. */
  raw(): string;
  /** Keys as if typed. */
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves when `text` has been shown, after the first `from` characters; throws with all that was shown when the program ends first or the time is over. */
  waitFor(text: string | RegExp, options?: { readonly timeoutMs?: number; readonly from?: number }): Promise<void>;
  /** Its end: `stdout` and `all` hold what was shown. Kills it when the time is over. */
  ended(timeoutMs?: number): Promise<Ended>;
}

const WAIT_MS = 60_000;
const LAST_WORDS_MS = 1_000;

/** `stix …` of a deployment, in a terminal. */
export function stixTerminal(
  on: Deployment,
  args: readonly string[],
  options: Partial<TerminalOptions> = {},
): Terminal {
  return openTerminal([stixProgram, ...args], {
    cwd: on.work,
    ...options,
    env: { ...on.env, TERM: "xterm-256color", ...options.env },
  });
}

/** Leader of a session of its own, with the terminal as its controlling one: keys such as Ctrl-C reach it as signals. */
export function openTerminal(command: readonly string[], options: TerminalOptions): Terminal {
  const decoder = new TextDecoder();
  let raw = "";
  const watchers = new Set<() => void>();
  const wake = () => [...watchers].forEach((watch) => watch());
  const closed = Promise.withResolvers<void>();
  const child = Bun.spawn([...command], {
    cwd: options.cwd,
    env: { ...options.env },
    // Given like this, and not as one made before, it becomes the controlling terminal: that makes Ctrl-C a signal.
    terminal: {
      cols: options.columns ?? 80,
      rows: options.rows ?? 24,
      data: (_terminal, bytes) => {
        raw += decoder.decode(bytes, { stream: true });
        wake();
      },
      exit: () => closed.resolve(),
    },
  });
  const { terminal } = child;
  if (terminal === undefined) throw new Error("this system gives no terminal");
  void child.exited.then(wake);
  const shown = () => plain(raw);
  const what = command.slice(0, 4).join(" ");
  return {
    pid: child.pid,
    raw: () => raw,
    shown,
    type: (text) => void terminal.write(text),
    resize: (columns, rows) => terminal.resize(columns, rows),
    waitFor: async (text, { timeoutMs = WAIT_MS, from = 0 } = {}) => {
      const found = () =>
        typeof text === "string" ? shown().slice(from).includes(text) : text.test(shown().slice(from));
      const { promise, resolve } = Promise.withResolvers<void>();
      const watch = () => {
        if (found() || child.exitCode !== null || child.signalCode !== null) resolve();
      };
      watchers.add(watch);
      const timer = setTimeout(resolve, timeoutMs);
      watch();
      await promise;
      clearTimeout(timer);
      watchers.delete(watch);
      if (!found())
        throw new Error(
          `${what} (${child.exitCode ?? "still runs"}) did not show '${text}' within ${timeoutMs} ms; it showed:\n${shown()}`,
        );
    },
    ended: async (timeoutMs = WAIT_MS) => {
      const timer = setTimeout(() => signal(-child.pid, "SIGKILL"), timeoutMs);
      const status = await child.exited;
      clearTimeout(timer);
      // What it wrote last may still be on its way; what it left behind may hold the terminal open.
      await Promise.race([closed.promise, Bun.sleep(LAST_WORDS_MS)]);
      return { status, stdout: shown(), stderr: "", all: `--- ${what}, ended with ${status}\n${shown()}` };
    },
    [Symbol.asyncDispose]: async () => {
      signal(-child.pid, "SIGKILL");
      await child.exited;
      terminal.close();
    },
  };
}

/** Text without control sequences: colours, titles, cursor movements. A line that was overwritten stays as it was written. */
export function plain(raw: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the control characters of terminals
  return raw
    .replaceAll(/\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78]/g, "")
    .replaceAll("\r\n", "\n");
}
