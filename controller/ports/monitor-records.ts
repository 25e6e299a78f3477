// What is remembered of the credentials that were given to monitors. Holds no secret: keys follow from the hub's own.

/** Times in milliseconds. */
export interface MonitorRecord {
  /** Never used twice; its account, user and place in the stream are named after it. */
  readonly id: string;
  /** What the user calls it; one of the living has it. */
  readonly name: string;
  readonly createdAt: number;
  readonly expireAt: number;
  readonly revokedAt: number | null;
}

/** Every method is one transaction and durable when it resolves. */
export interface MonitorRecords {
  /** Remembers it, unless `max` live ones are there, or one of this name. */
  add(record: Omit<MonitorRecord, "revokedAt">, max: number): Promise<"added" | "name-taken" | "too-many">;
  /** All that are remembered, the newest first. */
  list(): Promise<readonly MonitorRecord[]>;
  revoke(id: string, at: number): Promise<void>;
  /** Forgets those that ended before. */
  prune(before: number): Promise<void>;
}

/** Works now. */
export function isLive(monitor: MonitorRecord, now: number): boolean {
  return monitor.revokedAt === null && monitor.expireAt > now;
}
