// Two servers on one Postgres: the one that works on a launch is killed, the other goes on; whoever follows it comes back to that one.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { startPostgres, type TestPostgres } from "../postgres.ts";
import { Deployment, until } from "./harness.ts";
import { isAlive, signal } from "./processes.ts";

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);

afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

/** Stands before the servers as a balancer does: new connections go to the first that takes them. */
class Front implements AsyncDisposable {
  readonly port = freePort();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(backends: readonly number[]) {
    this.#server = createServer((client) => this.#dial(client, backends));
    this.#server.listen(this.port, "127.0.0.1");
  }

  #dial(client: Socket, [port, ...rest]: readonly number[]): void {
    if (port === undefined) return void client.destroy();
    const server = connect({ host: "127.0.0.1", port });
    let isOpen = false;
    for (const socket of [client, server]) this.#sockets.add(socket);
    server.once("connect", () => {
      isOpen = true;
      client.pipe(server).pipe(client);
    });
    server.on("error", () => (isOpen ? client.destroy() : this.#dial(client, rest)));
    server.on("close", () => isOpen && client.destroy());
    client.on("error", () => server.destroy());
    client.on("close", () => server.destroy());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The other server knows the folder too: it is told apart by its number. */
function serverOf({ state }: Deployment): number {
  return (JSON.parse(readFileSync(join(state, "server.json"), "utf8")) as { pid: number }).pid;
}

async function kill(pid: number): Promise<void> {
  signal(pid, "SIGKILL");
  await until("the killed server is gone", () => !isAlive(pid), 10_000);
}

async function rowOf(database: string, id: string): Promise<Readonly<Record<string, unknown>>> {
  const [row] = await postgres.ask(database, `SELECT state, lease_owner FROM requests WHERE id = '${id}'`);
  return row ?? {};
}

async function launches(database: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return await postgres.ask(database, "SELECT id, state, runs::int AS runs FROM requests WHERE name = 'launch'");
}

describe("two servers on one database", () => {
  for (const victims of [["server"], ["server", "hub"]]) {
    test(`the other one ends a launch whose ${victims.join(" and ")} was killed`, async () => {
      const name = `takeover_${victims.length}`;
      const db = await postgres.create(name);
      await using first = new Deployment({ env: { STIX_DB: db } });
      await using second = new Deployment({ env: { STIX_DB: db, STIX_SHARED_DIR: first.state } });
      await first.ok(["api", "start"]);
      await second.ok(["api", "start"]);
      await using front = new Front([first.port, second.port]);
      const task = first.file(
        "task.yaml",
        "num_nodes: 2\nresources:\n  infra: local\nrun: echo said by $SKYPILOT_NODE_RANK\n",
      );
      const client = { env: { SKYPILOT_API_SERVER_ENDPOINT: `http://127.0.0.1:${front.port}` } };

      await using following = second.start(["launch", "-y", "-c", "kept", task], client);
      await until("the launch asks for machines", () => following.output().includes("Launching on"), 60_000);
      await kill(serverOf(first));
      if (victims.includes("hub")) expect(await first.kill("hub")).toBe(1);
      const [cut] = await launches(name);
      // Otherwise this proves nothing.
      expect(cut).toMatchObject({ state: "RUNNING", runs: 1 });

      const ended = await following.ended(120_000);
      expect(ended.all).toContain("said by 0");
      expect(ended.stdout.match(/said by 0/g)).toHaveLength(1);
      expect(ended.stdout.match(/said by 1/g)).toHaveLength(1);
      expect(ended.status).toBe(0);
      expect(await launches(name)).toEqual([{ id: cut?.["id"], state: "SUCCEEDED", runs: 2 }]);
      expect(await rowOf(name, String(cut?.["id"]))).toMatchObject({ lease_owner: null });
      expect(first.clusterFolders()).toHaveLength(1);
      const jobs = await second.ok(["queue", "kept"]);
      expect(jobs.match(/SUCCEEDED/g)).toHaveLength(1);
      expect(await second.ok(["status"])).toMatch(/kept .*UP/);

      await second.ok(["down", "-y", "kept"]);
      expect(first.clusterFolders()).toEqual([]);
    }, 240_000);
  }
});
