// The table of calls against the server: nothing without an answer, nothing without a question whether the caller may.
import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { calls } from "#shared/api/calls.ts";
import { routes } from "#shared/api/routes.ts";
import { unbuiltCalls } from "#shared/api/unbuilt-calls.ts";
import { twinServer } from "#test/twins/twin-server.ts";
import { handlersOf } from "../app.ts";
import type { ServerEnv } from "../service.ts";
import { registerCalls } from "./register-calls.ts";

const places = [...Object.values(calls), ...unbuiltCalls].map(({ method, path }) => ({ method, path }));

describe("server/routes/register-calls", () => {
  test("every call stands in both tables, and at a place of its own", () => {
    expect(Object.keys(routes)).toEqual(Object.keys(calls));
    const seen = places.map(({ method, path }) => `${method} ${path}`);
    expect(seen.filter((place, index) => seen.indexOf(place) !== index)).toEqual([]);
  });

  test("a call that makes a request has a lane", () => {
    const without = Object.entries(calls).filter(
      ([name, { answers }]) =>
        answers === "request" && Object.entries(routes).find(([key]) => key === name)?.[1].lane === null,
    );
    expect(without).toEqual([]);
  });

  test("who may nothing is refused everywhere, before anything is done", async () => {
    using server = twinServer();
    const app = new Hono<ServerEnv>();
    registerCalls(app, server.service, handlersOf(server.service), () => ({
      userHash: "abcdef01",
      userName: "eve",
      workspace: "default",
      rights: [],
    }));
    app.onError((error) => Response.json({ code: "code" in error ? error.code : error.message }, { status: 403 }));
    for (const { method, path } of places) {
      const url = `http://127.0.0.1:46580${path.replaceAll(/:\w+/g, "x").replace("*", "")}`;
      const answer = await app.fetch(new Request(url, { method }), { keepOpen: () => undefined });
      expect([method, path, answer.status, await answer.json()]).toEqual([method, path, 403, { code: "forbidden" }]);
    }
    expect(await server.service.world.requests.list({})).toEqual([]);
  });

  test("a call without a handler, an operation, or a handler without a call is our mistake, and told at the start", () => {
    using server = twinServer();
    const { service } = server;
    const { health, ...without } = handlersOf(service);
    const incomplete: object = without;
    const register = (handlers: object, operations = service.operations) =>
      registerCalls(new Hono<ServerEnv>(), { ...service, operations }, handlers as ReturnType<typeof handlersOf>);

    expect(() => register(incomplete)).toThrow("a call without a handler: health");
    expect(() => register({ ...without, health, launch: health })).toThrow("a handler without a call: launch");
    expect(() => register({ ...without, health, nonsense: health })).toThrow("a handler without a call: nonsense");
    const fewer = new Map([...service.operations].filter(([name]) => name !== "down"));
    expect(() => register({ ...without, health }, fewer)).toThrow("a call without an operation: down");
  });

  test("every operation is led to by a call", () => {
    using server = twinServer();
    const led = new Set([...Object.keys(calls), ...unbuiltCalls.flatMap(({ operation }) => operation ?? [])]);
    expect([...server.service.operations.keys()].filter((name) => !led.has(name))).toEqual([]);
  });
});
