// What a command may touch: the terminal, the environment, time, and the server. Made once in main, replaced by tests.
import type { Clock, Random } from "#shared/clock.ts";
import type { StatePaths } from "#shared/paths.ts";
import type { Connection } from "#controller/sdk/connection.ts";

export interface Output {
  /** Waits until the reader has taken the bytes, so that a slow reader slows us instead of filling memory. */
  readonly writeBytes: (bytes: Uint8Array) => Promise<void>;
  readonly write: (text: string) => void;
  readonly isTty: boolean;
  /** Columns of the terminal; Infinity when it is none. */
  readonly columns: number;
  readonly colour: boolean;
}

export interface CliContext {
  /** The name we were called with: stix, or sky. */
  readonly program: string;
  /** Words after the program's name, as given. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly paths: StatePaths;
  /** The words that run this same program. */
  readonly self: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** The answer. */
  readonly stdout: Output;
  /** The story: progress, hints, warnings, errors. */
  readonly stderr: Output;
  /** A line from the user, without its line end; undefined at the end of the input. */
  readonly readLine: () => Promise<string | undefined>;
  /** All of the standard input. */
  readonly readInput: () => Promise<string>;
  readonly inputIsTty: boolean;
  /** Aborted by Ctrl-C, with the reason "interrupted". */
  readonly interrupted: AbortSignal;
  /** The server: found, or started when it is the local one. `name=value` overlays of --config are sent along. */
  readonly connect: (options?: ConnectOptions) => Promise<Connection>;
}

export interface ConnectOptions {
  /** Values of --config, in order. */
  readonly config?: readonly string[];
  /** Do not start a local server when none answers. */
  readonly noStart?: boolean;
}
