// What serving logs asks of the files in which launches write.
import type { LaunchKey } from "#shared/wire/launches.ts";

export interface LogChunk {
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** Where the output of launches lies. */
export interface LogFiles {
  /** Size and the bytes from `off`, at most `max`; a file that is not there is empty. */
  readonly read: (key: LaunchKey, off: number, max: number) => LogChunk;
  /** Where the last `lines` lines begin. */
  readonly tail: (key: LaunchKey, lines: number) => { readonly size: number; readonly tailOff: number };
  /** The process that writes, dead or alive; null: none was started yet. */
  readonly writer: (key: LaunchKey) => number | null;
  /** Nothing more will be written. */
  readonly hasExited: (key: LaunchKey) => boolean;
}
