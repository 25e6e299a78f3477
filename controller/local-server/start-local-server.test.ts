// Finding, starting and replacing the local server, against a stand-in that keeps the real one's promises of start.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realClock, realRandom } from "#shared/clock.ts";
import { statePaths } from "#shared/paths.ts";
import { version } from "#shared/version.ts";
import { connect } from "./connect.ts";
import { callJson } from "#controller/sdk/connection.ts";
import { readServerInfo } from "./endpoint.ts";
import { startLocalServer } from "./start-local-server.ts";
import { stopLocalServer } from "./stop-local-server.ts";
import { freePort } from "#test/free-port.ts";

/** Listens, writes its file, and leaves at once when it finds itself second. Told by its environment what to be. */
const standIn = `
import { existsSync, appendFileSync, writeFileSync } from "node:fs";
const { STIX_HOME: home, FAKE_VERSION: version, FAKE_BUSY: busy, FAKE_DEATH: death, STIX_API_PORT: port } = process.env;
if (death) { console.error(death); process.exit(1); }
const headers = { "x-skypilot-api-version": "62" };
let server;
try {
  server = Bun.serve({ hostname: "127.0.0.1", port: Number(port), fetch: (request) => {
    const path = new URL(request.url).pathname;
    if (path === "/api/health") return Response.json({ status: "healthy", api_version: "62", version: "0.14.1", commit: "x", stix_version: version, pid: process.pid }, { headers });
    if (path === "/api/status") return Response.json(busy ? [{ request_id: "r" }] : [], { headers });
    return Response.json({ version }, { headers });
  } });
} catch { process.exit(0); }
appendFileSync(home + "/starts", process.pid + "\\n");
writeFileSync(home + "/server.json", JSON.stringify({ pid: process.pid, port: server.port, host: "127.0.0.1", version }));
process.on("SIGTERM", () => process.exit(0));
`;

let home = "";
let script = "";
let env: Record<string, string> = {};

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "stix-local-"));
  script = join(home, "stand-in.ts");
  writeFileSync(script, standIn);
  env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    STIX_HOME: home,
    STIX_API_PORT: String(freePort()),
    FAKE_VERSION: version,
  };
});

afterEach(async () => {
  await stopLocalServer(local());
  rmSync(home, { recursive: true, force: true });
});

function local(change: Record<string, string> = {}) {
  return {
    paths: statePaths(env),
    env: { ...env, ...change },
    clock: realClock(),
    self: [process.execPath, script],
    tell: () => undefined,
  };
}

function connection(told: string[] = []) {
  return connect({
    ...local(),
    random: realRandom(),
    commandLine: "stix status",
    command: "status",
    overrideConfig: {},
    noStart: false,
    interrupted: () => new AbortController().signal,
    tell: (line) => told.push(line),
  });
}

describe("local-server", () => {
  test("a server's number that another program has by now is left alone", async () => {
    const other = Bun.spawn(["sleep", "60"], { stdin: "ignore", stdout: "ignore" });
    writeFileSync(join(home, "server.json"), JSON.stringify({ pid: other.pid, port: 1, host: "127.0.0.1", version }));

    expect(await stopLocalServer(local())).toBe(false);

    expect(other.killed || other.exitCode !== null || other.signalCode !== null).toBe(false);
    other.kill("SIGKILL");
    expect(await other.exited.then(() => other.signalCode)).toBe("SIGKILL");
  });

  test("the first call of a command starts the server, and the next finds it", async () => {
    const first = await callJson(await connection(), "users.tokens");
    const second = await callJson(await connection(), "users.tokens");

    expect([first, second]).toEqual([{ version }, { version }]);
    expect(readFileSync(join(home, "starts"), "utf8").trim().split("\n").length).toBe(1);
  });

  test("ten commands at once end with one server that all of them reach", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => callJson(await connection(), "users.tokens")),
    );

    expect(answers).toEqual(Array.from({ length: 10 }, () => ({ version })));
    expect(readFileSync(join(home, "starts"), "utf8").trim().split("\n").length).toBe(1);
  });

  test("a server that cannot start says why in its own words", async () => {
    const dying = {
      FAKE_DEATH: "error: the database state.db is not one (bad-database)\n  try: mv state.db elsewhere",
    };

    await expect(startLocalServer(local(dying))).rejects.toMatchObject({
      code: "bad-database",
      message: "the API server cannot start: the database state.db is not one",
      hint: "mv state.db elsewhere",
    });
  });

  test("a server that dies without words shows the end of its log", async () => {
    await expect(startLocalServer(local({ FAKE_DEATH: "something odd" }))).rejects.toMatchObject({
      code: "server-unreachable",
      details: { why: "something odd" },
    });
  });

  test("a server of another version is replaced when it has nothing to do", async () => {
    await startLocalServer(local({ FAKE_VERSION: "0.0.9" }));
    const old = readServerInfo(statePaths(env));
    const told: string[] = [];

    const answer = await callJson(await connection(told), "users.tokens");

    expect(old?.version).toBe("0.0.9");
    expect(answer).toEqual({ version });
    expect(told).toEqual([`Restarting the API server: it is 0.0.9, this program is ${version}.`]);
  });

  test("a server of another version that is at work is left alone, and the error says how to go on", async () => {
    await startLocalServer(local({ FAKE_VERSION: "0.0.9", FAKE_BUSY: "1" }));

    await expect(connection()).rejects.toMatchObject({
      code: "version-mismatch",
      message: expect.stringContaining("0.0.9"),
      hint: expect.stringContaining("api stop"),
    });
  });

  test("SkyPilot's own server on the port gets no call of ours that nobody wanted it to get", async () => {
    const calls: string[] = [];
    using other = Bun.serve({
      hostname: "127.0.0.1",
      port: Number(env["STIX_API_PORT"]),
      fetch: (request) => {
        calls.push(new URL(request.url).pathname);
        return Response.json(
          { status: "healthy", api_version: "62", version: "0.14.1" },
          { headers: { "x-skypilot-api-version": "62" } },
        );
      },
    });

    const asked = connection().then((one) => callJson(one, "offers", { body: { cluster_name: "c", task: "" } }));

    await expect(asked).rejects.toMatchObject({
      code: "port-in-use",
      message: expect.stringContaining("SkyPilot's API server"),
      details: { why: expect.stringContaining(String(other.port)) },
    });
    expect(calls).toEqual(["/api/health"]);
  });

  test("another program on the port is told from our server", async () => {
    using other = Bun.serve({
      hostname: "127.0.0.1",
      port: Number(env["STIX_API_PORT"]),
      fetch: () => new Response("not you", { status: 404 }),
    });

    const asked = connection().then((one) => callJson(one, "users.tokens"));

    await expect(asked).rejects.toMatchObject({
      code: "port-in-use",
      message: expect.stringContaining(String(other.port)),
    });
    expect(existsSync(join(home, "starts"))).toBe(false);
  });
});
