// What the engine of long calls is made of.
import type { Operation, World } from "#controller/operations/operation.ts";
import type { DiskRoom } from "#controller/ports/disk-room.ts";
import type { RequestLogs } from "#controller/ports/request-logs.ts";
import type { Clock } from "#shared/clock.ts";

export interface EngineParts {
  readonly world: World;
  readonly logs: RequestLogs;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Tells the server's own log. */
  readonly tell: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Of the disk that the rows are written to; absent: unbounded. */
  readonly room?: DiskRoom;
  /** Removes what clients uploaded and nobody used since this instant. */
  readonly pruneUploads?: (before: number) => Promise<void>;
  /**
   * Other servers may work on the same rows: then they are looked at every so many milliseconds, and leases of the dead are waited
   * for. null: this is the only one, whoever else had a lease is dead.
   */
  readonly pollMs?: number | null;
  /** Time for renewing leases; absent: the world's. */
  readonly pulse?: Clock;
}
