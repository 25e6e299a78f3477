// The HTTP application over twins: calls without a socket.
import { createApp } from "#controller/server/app.ts";
import { operationShelf } from "#controller/operations/all-operations.ts";
import { createRequestLogs } from "#controller/server/requests/request-logs.ts";
import { createRequestEngine } from "#controller/requests/engine.ts";
import { catalogUpdate } from "#controller/operations/catalog-update.ts";
import type { Service } from "#controller/server/service.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stillClock, twinWorld, type TwinWorld } from "./twin-world.ts";

export interface TwinServer extends Disposable {
  readonly twin: TwinWorld;
  readonly service: Service;
  readonly root: string;
  call(
    method: string,
    path: string,
    options?: {
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly raw?: Uint8Array | string;
    },
  ): Promise<Response>;
  /** Posts, and waits for the request's end; the answer of `/api/get`. */
  ask(
    path: string,
    body: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly id: string; readonly status: number; readonly record: Record<string, unknown> }>;
}

export const clientHeaders = {
  "X-SkyPilot-API-Version": "62",
  "X-SkyPilot-Version": "0.14.1",
  host: "127.0.0.1:46580",
};

export function twinServer(options: Parameters<typeof twinWorld>[0] = {}): TwinServer {
  const root = mkdtempSync(join(tmpdir(), "stix-twin-"));
  const twin = twinWorld({ root, ...options });
  const logs = createRequestLogs(`${root}/requests`);
  const operations = operationShelf([catalogUpdate({ env: {}, home: root, folder: root })]);
  const world = { ...twin.world, cancelRequests: (ids: readonly string[]) => worker.cancel(ids) };
  const worker = createRequestEngine({
    world,
    logs,
    operations,
    tell: (event, fields) => void twin.events.push({ event, fields }),
    pulse: stillClock(),
  });
  const service: Service = {
    world,
    worker,
    logs,
    operations,
    events: null,
    tell: (event, fields) => void twin.events.push({ event, fields }),
  };
  const app = createApp(service);

  const call: TwinServer["call"] = async (method, path, { body, headers, raw } = {}) =>
    await app.fetch(
      new Request(`http://127.0.0.1:46580${path}`, {
        method,
        headers: {
          ...clientHeaders,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(raw === undefined ? {} : { body: raw }),
      }),
      { keepOpen: () => undefined },
    );

  return {
    twin,
    service,
    root,
    call,
    async ask(path, body) {
      const answer = await call("POST", path, { body });
      const id = answer.headers.get("X-Skypilot-Request-ID") ?? "";
      const got = await call("GET", `/api/get?request_id=${id}`);
      const json = (await got.json()) as Record<string, unknown>;
      return { id, status: got.status, record: (json["detail"] ?? json) as Record<string, unknown> };
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
