// Colours of the terminal, when it has them and the user wants them.

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const satisfies Record<string, readonly [number, number]>;

export type Colour = keyof typeof codes;

/** NO_COLOR and FORCE_COLOR win over the terminal. */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTty: boolean): boolean {
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "" && force !== "0") return true;
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return isTty && env["TERM"] !== "dumb" && force !== "0";
}

export function paint(on: boolean, colour: Colour | undefined, text: string): string {
  if (!on || colour === undefined || text === "") return text;
  const [start, stop] = codes[colour];
  return `\x1b[${start}m${text}\x1b[${stop}m`;
}

const statusColours: Readonly<Record<string, Colour>> = {
  UP: "green",
  STOPPED: "yellow",
  INIT: "blue",
  AUTOSTOPPING: "cyan",
  UNHEALTHY: "red",
  RUNNING: "green",
  SUCCEEDED: "green",
  SETTING_UP: "blue",
  PENDING: "blue",
  WAITING: "blue",
  CANCELLED: "yellow",
  TERMINATED: "dim",
};

/** The colour a status is shown in, whatever it is the status of. */
export function statusColour(status: string): Colour | undefined {
  return statusColours[status] ?? (status.startsWith("FAILED") ? "red" : undefined);
}
