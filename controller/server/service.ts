// What the routes are given: the worker, the stores' promises and a few facts about this server.
import type { Hono } from "hono";
import type { Operation, World } from "#controller/operations/operation.ts";
import type { RequestLogs } from "#controller/ports/request-logs.ts";
import type { Worker } from "#controller/operations/request-worker.ts";

/** Events for monitors, as `stix events` prints them. */
export interface EventFeed {
  /** JSON lines after this id, oldest first. */
  after(
    id: number,
    limit: number,
  ): Promise<readonly { readonly id: number; readonly clusterName: string; readonly json: string }[]>;
  /** The id of the last event before this instant. */
  idBefore(at: number): Promise<number>;
  readonly monitors: Monitors;
}

/** Credentials by which other programs follow the events on the hub. Times in milliseconds. */
export interface Monitors {
  create(wish: { readonly name: string | null; readonly lifetimeMs: number | null }): Promise<{
    readonly name: string;
    readonly endpoints: readonly string[];
    readonly credentials: string;
    readonly ca: string | null;
    readonly consumer: string;
    readonly expireAt: number;
  }>;
  list(): Promise<
    readonly {
      readonly id: string;
      readonly name: string;
      readonly createdAt: number;
      readonly expireAt: number;
      readonly state: string;
    }[]
  >;
  /** By name or id. Gives their names. */
  revoke(names: readonly string[]): Promise<readonly string[]>;
}

export interface Service {
  readonly world: World;
  readonly worker: Worker;
  readonly logs: RequestLogs;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly events: EventFeed | null;
  /** Tells the server's own log. */
  readonly tell: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Streams may be silent for as long as they like. */
export interface ServerEnv {
  readonly Bindings: { readonly keepOpen: (request: Request) => void };
}
export type App = Hono<ServerEnv>;
