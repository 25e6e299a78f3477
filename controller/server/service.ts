// What the routes are given: the worker, the stores' promises and a few facts about this server.
import type { Hono } from "hono";
import type { Operation, World } from "#controller/operations/operation.ts";
import type { EventFeed, Monitors } from "#controller/ports/monitors.ts";
import type { RequestLogs } from "#controller/ports/request-logs.ts";
import type { RequestEngine } from "#controller/requests/engine.ts";

export interface Service {
  readonly world: World;
  readonly worker: RequestEngine;
  readonly logs: RequestLogs;
  readonly operations: ReadonlyMap<string, Operation>;
  /** null: the hub is not running. */
  readonly events: (EventFeed & { readonly monitors: Monitors }) | null;
  /** Tells the server's own log. */
  readonly tell: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Streams may be silent for as long as they like. */
export interface ServerEnv {
  readonly Bindings: { readonly keepOpen: (request: Request) => void };
}
export type App = Hono<ServerEnv>;
