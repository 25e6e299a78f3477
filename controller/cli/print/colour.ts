// Colours of the terminal, when it has them and the user wants them.
import { clusterLife } from "#shared/lifecycle/cluster.ts";
import { jobLife, jobState } from "#shared/lifecycle/job.ts";
import type { AnyLifecycle, Tone } from "#shared/lifecycle/moves.ts";
import { requestLife } from "#shared/lifecycle/request.ts";

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

const toneColours: Readonly<Record<Tone, Colour>> = {
  good: "green",
  waits: "blue",
  leaves: "cyan",
  rests: "yellow",
  bad: "red",
  gone: "dim",
};

/** Tables of what has a status that is shown. */
const shown: readonly AnyLifecycle[] = [clusterLife, requestLife, jobLife];

/** The colour a status is shown in, whatever it is the status of. */
export function statusColour(status: string): Colour | undefined {
  for (const { states } of shown) {
    const facts = Object.hasOwn(states, status) ? states[status] : undefined;
    if (facts !== undefined) return toneColours[facts.tone];
  }
  // What a cluster is that was up and is not, and more ways to fail than a job of a cluster has.
  return status === "UNHEALTHY" || status.startsWith(jobState.FAILED) ? "red" : undefined;
}
