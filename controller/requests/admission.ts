// Lets new requests in, as long as the disk has room for them, and makes room by letting old ones go.
import { pruneBefore, retention, uploadsBefore } from "#controller/core/request/keep.ts";
import { failureOf } from "#controller/operations/request-failure.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import type { EngineParts } from "./parts.ts";

const PRUNE_EVERY_MS = 10 * 60 * 1000;

export interface Admission {
  /** Durable when it resolves. Throws disk-full for what may not use what is kept. */
  insert(request: RequestRecord): Promise<void>;
  /** Old rows cost space only: a failure to delete them must not fail the request that came along. */
  tryPrune(): Promise<void>;
}

export function createAdmission(parts: EngineParts): Admission {
  const { world, logs, operations, tell, room } = parts;
  let prunedAt = 0;
  let inserting = Promise.resolve();

  async function tryPrune(): Promise<void> {
    const now = world.clock.now();
    const isTight = room?.isTight() ?? false;
    if (!isTight && now - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = now;
    try {
      const most = isTight ? retention.countOnFullDisk : retention.countMax;
      logs.remove(await world.requests.prune(pruneBefore(now), most));
      await parts.pruneUploads?.(uploadsBefore(now));
    } catch (error) {
      tell("requests-not-pruned", { error: failureOf(error).message });
    }
  }

  /** One after the other, so that each sees what those before it left. */
  async function insertOnFullDisk(request: RequestRecord): Promise<void> {
    const before = inserting;
    const mine = Promise.withResolvers<void>();
    inserting = mine.promise;
    try {
      await before;
      const kind = operations.get(request.name)?.onFullDisk;
      if (kind === undefined) room?.require();
      if (room?.isTight() === true) await tryPrune();
      if (kind === "asks" && room?.isTight() === true) room.require();
      await world.requests.insert(request);
    } finally {
      mine.resolve();
    }
  }

  return {
    insert: (request) => (room?.isFull() === true ? insertOnFullDisk(request) : world.requests.insert(request)),
    tryPrune,
  };
}
