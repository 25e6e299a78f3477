// Promises about those who follow the events from outside: their credentials, and the committed events themselves.
import type { MonitorRecord } from "./monitor-records.ts";

export type MonitorState = "LIVE" | "EXPIRED" | "REVOKED";

export interface MonitorWish {
  /** null: one is made up. */
  readonly name: string | null;
  /** Milliseconds; null: the usual. */
  readonly lifetimeMs: number | null;
}

export interface MonitorAccess {
  readonly name: string;
  readonly endpoints: readonly string[];
  /** Content of a NATS credentials file. */
  readonly credentials: string;
  /** PEM to trust; null: no TLS. */
  readonly ca: string | null;
  /** Its own place in the stream of events. */
  readonly consumer: string;
  /** Milliseconds since the epoch. */
  readonly expireAt: number;
}

/** Credentials by which other programs follow the events on the hub. */
export interface Monitors {
  /** Throws StixError bad-value: the name is taken or none, the lifetime too short or long, or there are too many. */
  create(wish: MonitorWish): Promise<MonitorAccess>;
  /** The newest first, those that ended within the last month among them. */
  list(): Promise<readonly (MonitorRecord & { readonly state: MonitorState })[]>;
  /** Closes their connections; they let nobody in any more. By name or id; throws StixError bad-value for an unknown one, and then takes none back. */
  revoke(names: readonly string[]): Promise<readonly string[]>;
}

/** The committed events, for those who ask the server instead of the hub. */
export interface EventFeed {
  /** JSON documents after this id, oldest first. */
  after(
    id: number,
    limit: number,
  ): Promise<readonly { readonly id: number; readonly clusterName: string; readonly json: string }[]>;
  /** The id of the last event before this instant, in milliseconds. */
  idBefore(at: number): Promise<number>;
}
