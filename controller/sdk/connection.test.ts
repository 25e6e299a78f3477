// Single calls through lines that break before the answer: asked again where that cannot do a thing twice.
import { describe, expect, test } from "bun:test";
import { callPath, type CallName } from "#shared/api/calls.ts";
import { tornServer } from "#test/twins/torn-server.ts";
import { callJson, type CallOptions } from "./connection.ts";

/** How often the server saw the call, and what came of it; it dies before its first `deaths` answers. */
async function asked<Name extends CallName>(name: Name, deaths: number, options: CallOptions<Name> = {}) {
  let seen = 0;
  using served = tornServer(() => {
    seen += 1;
    return seen <= deaths ? { body: "", silent: true } : { body: "[]" };
  });
  const outcome: unknown = await callJson(served.connection, name, options).catch((error: unknown) => error);
  return { seen, outcome };
}

describe("sdk/connection", () => {
  test("a question is asked again when the line broke before its answer", async () => {
    expect(await asked("overview", 1, { body: {} })).toEqual({ seen: 2, outcome: [] });
    expect(await asked("events.monitors", 2)).toEqual({ seen: 3, outcome: [] });
  });

  test("what would be done twice is sent once", async () => {
    const { seen, outcome } = await asked("events.credentials", 1, { body: {} });
    expect(seen).toBe(1);
    expect(outcome).toMatchObject({ code: "server-unreachable" });
  });

  test("a server that always dies is given up, with a reason", async () => {
    const { seen, outcome } = await asked("overview", Infinity, { body: {} });
    expect(seen).toBe(5);
    expect(outcome).toMatchObject({ code: "server-unreachable", message: expect.stringContaining("does not answer") });
  });

  test("parts of a path are filled in, and none is forgotten", async () => {
    expect(() => callPath("completion")).toThrow("wants its part 'what'");
    using served = tornServer(({ path }) => ({ body: JSON.stringify([path]) }));
    const words = await callJson(served.connection, "completion", {
      parts: { what: "a b/c" },
      query: { incomplete: "x&y", cluster_name: undefined },
    });
    expect(words).toEqual(["/api/completion/a%20b%2Fc?incomplete=x%26y"]);
  });
});
