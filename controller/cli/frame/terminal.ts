// Asks the kernel about a terminal. `node:tty` and `process.stdout` would load the whole of the stream library for that:
// 5 and 10 ms of a command that takes 6.

interface Terminal {
  /** Fills `[columns, rows]`; false when the terminal does not know. */
  getWindowSize(size: [number, number]): boolean;
  /** 1: every key at once and unseen, Ctrl-C too; 0: as before. */
  setRawMode(mode: 0 | 1): number;
}

interface TerminalBinding {
  isTTY(fd: number): boolean;
  readonly TTY: new (fd: number, failure: object) => Terminal;
}

/** A terminal that does not know its width says 0. */
const COLUMNS_DEFAULT = 80;

const ROWS_DEFAULT = 24;

export function isTerminal(fd: number): boolean {
  return binding().isTTY(fd);
}

/** How many characters fit on a line of the terminal now. */
export function terminalColumns(fd: number): number {
  const { TTY } = binding();
  const size: [number, number] = [0, 0];
  return new TTY(fd, {}).getWindowSize(size) && size[0] > 0 ? size[0] : COLUMNS_DEFAULT;
}

/** How many lines it has now. */
export function terminalRows(fd: number): number {
  const { TTY } = binding();
  const size: [number, number] = [0, 0];
  return new TTY(fd, {}).getWindowSize(size) && size[1] > 0 ? size[1] : ROWS_DEFAULT;
}

/** Raw: keys come one by one, are not shown, and mean nothing to the kernel. */
export function setRawKeys(fd: number, raw: boolean): void {
  const { TTY } = binding();
  new TTY(fd, {}).setRawMode(raw ? 1 : 0);
}

/** What `node:tty` itself stands on; the runtime has it, its types do not. */
function binding(): TerminalBinding {
  return (process as unknown as { binding(name: "tty_wrap"): TerminalBinding }).binding("tty_wrap");
}
