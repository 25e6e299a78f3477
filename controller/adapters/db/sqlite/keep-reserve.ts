// Keeps room for endings while there is room: inside the database, and in a file that a start on a full disk gives back.
import { realTime } from "#shared/clock.ts";
import type { DiskRoom } from "#controller/ports/disk-room.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { tryKeepReserveFile } from "#shared/os/disk-room.ts";

export interface ReserveNeeds {
  readonly room: DiskRoom;
  readonly file: string;
  readonly tell: (event: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** Not before the first commands of a new server are answered. */
const FIRST_MS = 1_000;
const LOOK_MS = 10_000;
/** What a start writes is some 200 kB; the rest is for others who write meanwhile. */
const FILE_BYTES = 2 * 1024 * 1024;

export function keepReserve({ room, file, tell }: ReserveNeeds): Disposable {
  const look = () => {
    try {
      room.keepReserve();
      tryKeepReserveFile(file, FILE_BYTES);
    } catch (error) {
      tell("reserve-not-kept", { error: errorText(error) });
    }
  };
  const callOffFirst = realTime.after(FIRST_MS, look);
  const callOff = realTime.every(LOOK_MS, look);
  return {
    [Symbol.dispose]() {
      callOffFirst();
      callOff();
    },
  };
}
