// What Postgres brings: two servers on one database, a connection that breaks at any moment, and one clear error for each mistake.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { unclaimed, type RequestRecord } from "#controller/ports/requests.ts";
import { realTime } from "#shared/clock.ts";
import { isStixError } from "#shared/errors/stix-error.ts";
import { startPostgres, type TestPostgres } from "#test/postgres.ts";
import { deed, first, rows } from "../database.ts";
import { migrations } from "../migrations/migrations.ts";
import { createAgentRecords } from "../stores/agent-records.ts";
import { createClusterStore } from "../stores/cluster-store.ts";
import { createLockStore } from "../stores/lock-store.ts";
import { createMonitorStore } from "../stores/monitor-store.ts";
import { createRequestStore } from "../stores/request-store.ts";
import { openPostgres, type PostgresDatabase } from "./database.ts";

setDefaultTimeout(120_000);

let cluster: TestPostgres;
let one: PostgresDatabase;
let two: PostgresDatabase;
const told: string[] = [];
const options = {
  time: realTime,
  pollMs: 20,
  tell: (event: string, facts: unknown) => void told.push(event + JSON.stringify(facts)),
};

beforeAll(async () => {
  cluster = await startPostgres();
  const url = await cluster.create("shared");
  // Both find an empty database, and one of them makes the tables.
  [one, two] = await Promise.all([openPostgres(url, options), openPostgres(url, options)]);
});
afterAll(async () => {
  await Promise.all([one.close(), two.close()]);
  await cluster[Symbol.asyncDispose]();
});

function aRequest(id: string): RequestRecord {
  return {
    id,
    name: "launch",
    lane: "long",
    state: "PENDING",
    body: {},
    userHash: "u",
    userName: "ana",
    workspace: "default",
    clusterName: null,
    clientApi: 1,
    createdAt: 100,
    startedAt: null,
    finishedAt: null,
    runs: 0,
    cancelAsked: false,
    value: null,
    failure: null,
    statusMessage: null,
    ...unclaimed,
  };
}

function aCluster(cid: string, name: string): ClusterRecord {
  return {
    cid,
    name,
    state: "INIT",
    userHash: "u",
    userName: "ana",
    workspace: "default",
    nodeCount: 1,
    placement: null,
    resources: {},
    instances: [],
    autostop: null,
    everUp: false,
    madeBy: "r",
    launchedAt: 1_000,
    statusUpdatedAt: 1_000,
    lastUse: "",
    lastCreationYaml: null,
    lastCreationCommand: null,
    configHash: null,
    headPaths: null,
    removedAt: null,
  };
}

describe("two servers on one database", () => {
  const many = Array.from({ length: 40 }, (_, index) => index);

  test("only one takes a request up, a lock, a name", async () => {
    const [here, there] = [createRequestStore(one), createRequestStore(two)];
    for (const index of many) await here.insert(aRequest(`claim-${index}`));
    const taken = await Promise.all(
      many.flatMap((index) => [
        here.claim(`claim-${index}`, { owner: "one", until: 1e12 }, 200),
        there.claim(`claim-${index}`, { owner: "two", until: 1e12 }, 200),
      ]),
    );
    const [locksHere, locksThere] = [createLockStore(one), createLockStore(two)];
    const locked = await Promise.all(
      many.flatMap((index) => [
        locksHere.tryAcquire(`lock-${index}`, "one", 1),
        locksThere.tryAcquire(`lock-${index}`, "two", 1),
      ]),
    );
    const [clustersHere, clustersThere] = [createClusterStore(one), createClusterStore(two)];
    const named = await Promise.allSettled(
      many.flatMap((index) => [
        clustersHere.insert(aCluster(`h-${index}`, `n-${index}`)),
        clustersThere.insert(aCluster(`t-${index}`, `n-${index}`)),
      ]),
    );

    expect(taken.filter((row) => row !== null).length).toBe(many.length);
    expect(taken.filter((row) => row !== null).every((row) => row.token === 1)).toBe(true);
    expect(locked.filter(Boolean).length).toBe(many.length);
    expect(named.filter((each) => each.status === "fulfilled").length).toBe(many.length);
    for (const each of named)
      if (each.status === "rejected") expect(String(each.reason)).toMatch(/cluster 'n-\d+' exists already/);
  });

  test("a lane is shared out: nothing twice, nothing left", async () => {
    const [here, there] = [createRequestStore(one), createRequestStore(two)];
    for (const index of many) await here.insert({ ...aRequest(`lane-${index}`), lane: "short" });
    const ids: string[] = [];
    const drain = async (store: typeof here, owner: string) => {
      for (let empty = 0; empty < 3;) {
        const got = await store.claimNext("short", 4, { owner, until: 1e12 }, 200);
        ids.push(...got.map((row) => row.id));
        empty = got.length === 0 ? empty + 1 : 0;
      }
    };

    await Promise.all([drain(here, "one"), drain(there, "two")]);

    expect(ids.toSorted()).toEqual(many.map((index) => `lane-${index}`).toSorted());
  });

  test("whoever read the log up to a number has read all below it", async () => {
    const [here, there] = [createAgentRecords(one), createAgentRecords(two)];
    const row = { at: 1, kind: "ctl", body: { type: "stream-reset" }, patch: null };
    const seen: number[] = [];
    let last = (await here.eventsAfter(0, 10_000)).at(-1)?.id ?? 0;
    let isDone = false;
    const read = async () => {
      do {
        const more = await here.eventsAfter(last, 1_000);
        seen.push(...more.map((event) => event.id));
        last = more.at(-1)?.id ?? last;
      } while (!isDone);
    };
    const write = async () => {
      await Promise.all(many.flatMap(() => [here.appendOwn("_ctl", "", row), there.appendOwn("_ctl", "", row)]));
      isDone = true;
    };
    await Promise.all([read(), write()]);
    await read();

    expect(new Set(seen).size).toBe(2 * many.length);
    expect(seen).toEqual(seen.toSorted((left, right) => left - right));
  });

  test("one hears of events that the other committed", async () => {
    const heard = Promise.withResolvers<void>();
    two.onEvents(heard.resolve);

    await createClusterStore(one).insert(aCluster("heard-1", "heard"));

    await heard.promise;
  });

  test("names and numbers of monitors hold for both", async () => {
    const [here, there] = [createMonitorStore(one), createMonitorStore(two)];
    const monitor = (id: string) => ({ id, name: id, createdAt: 1, expireAt: 9_999 });
    const added = await Promise.all(
      many.flatMap((index) => [here.add(monitor(`a${index}`), 5), there.add(monitor(`b${index}`), 5)]),
    );

    expect(added.filter((each) => each === "added").length).toBe(5);
  });
});

describe("a connection that breaks", () => {
  const killOthers =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stix' AND datname = 'shared'";

  test("in the middle of a work: it is undone and done again, once", async () => {
    let begun = 0;
    const { locks } = one.tables;
    const made = await one.transact(function* (tx) {
      begun += 1;
      yield* deed(tx.insert(locks).values({ name: "broken", holder: `try-${begun}`, acquiredAt: 1 }));
      // The server ends this very session.
      if (begun === 1) yield { execute: () => cluster.ask("shared", killOthers) } as never;
      return yield* first(tx.select().from(locks));
    });

    const holders = await one.read((orm) => orm.select().from(locks));
    expect(begun).toBe(2);
    expect(made).toBeDefined();
    expect(holders.filter((lock) => lock.name === "broken").map((lock) => lock.holder)).toEqual(["try-2"]);
    expect(told.join("\n")).toContain("database-waited-for");
  });

  test("while the server restarts: calls wait and are done", async () => {
    const requests = createRequestStore(one);
    await cluster.stop();
    const waiting = [requests.insert(aRequest("waits")), requests.list({ ids: ["claim-1"] })] as const;
    await cluster.start();

    await waiting[0];
    expect((await waiting[1]).length).toBe(1);
    expect(await requests.get("waits")).toMatchObject({ id: "waits", runs: 0 });
  });

  test("after COMMIT was sent: what was done is not done again", async () => {
    const { locks } = one.tables;
    await using proxy = await commitSwallower(cluster.port);
    const through = await openPostgres(
      cluster.url("shared", "sslmode=disable").replace(`:${cluster.port}/`, `:${proxy.port}/`),
      options,
    );
    let begun = 0;
    proxy.arm();

    await through.transact(function* (tx) {
      begun += 1;
      yield* deed(tx.insert(locks).values({ name: "committed", holder: `try-${begun}`, acquiredAt: 1 }));
    });

    expect(proxy.swallowed()).toBe(1);
    const found = await one.read((orm) => orm.select().from(locks));
    expect(found.filter((lock) => lock.name === "committed").map((lock) => lock.holder)).toEqual(["try-1"]);
    await through.close();
  });

  test("a work that fails leaves nothing", async () => {
    const { locks } = one.tables;
    const work = one.transact(function* (tx) {
      yield* deed(tx.insert(locks).values({ name: "half", holder: "x", acquiredAt: 1 }));
      yield* rows(tx.select().from(locks));
      throw new RangeError("no");
    });

    await expect(work).rejects.toThrow("no");
    expect((await one.read((orm) => orm.select().from(locks))).some((lock) => lock.name === "half")).toBe(false);
  });
});

describe("one clear error, without the password", () => {
  async function failure(url: string): Promise<string> {
    try {
      await (await openPostgres(url, options)).close();
      return "nothing";
    } catch (error) {
      expect(Bun.inspect(error)).not.toContain(cluster.password);
      expect(Bun.inspect(error)).not.toContain(encodeURIComponent(cluster.password));
      return isStixError(error) ? `${error.code}: ${error.message} | ${error.hint}` : `not ours: ${String(error)}`;
    }
  }

  test("no address, a mistyped one, nobody there", async () => {
    const secret = encodeURIComponent(cluster.password);
    expect(await failure(`mysql://u:${secret}@h/d`)).toStartWith(
      "bad-value: the address of the database cannot be used",
    );
    expect(await failure(`postgres://u:${secret}@h`)).toContain("it names no database");
    expect(await failure(cluster.url("shared", "sslmod=require"))).toContain("'sslmod' is not known");
    expect(await failure(cluster.url("shared", "sslmode=yes"))).toContain("sslmode 'yes' is not one of disable, allow");
    expect(await failure(cluster.url("shared").replace(`:${cluster.port}/`, ":9/"))).toStartWith(
      "database-unreachable: Postgres does not answer at postgres://stix@127.0.0.1:9/shared",
    );
  });

  test("a wrong password, no such database, no right to make tables", async () => {
    await cluster.ask("postgres", "CREATE ROLE guest LOGIN PASSWORD 'guest'");
    await cluster.create("guarded");
    const guest = `postgres://guest:guest@127.0.0.1:${cluster.port}/guarded`;

    expect(await failure(cluster.url("shared").replace("s3cret", "s4cret"))).toStartWith(
      `no-permission: Postgres does not let 'stix' in at postgres://stix@127.0.0.1:${cluster.port}/shared`,
    );
    expect(await failure(cluster.url("nowhere"))).toContain("createdb -O stix nowhere");
    expect(await failure(guest)).toContain("GRANT CREATE ON SCHEMA public");
  });

  test("a database of a newer version, of another program, and one that is too old a server's", async () => {
    const newer = await cluster.create("newer");
    await (await openPostgres(newer, options)).close();
    await cluster.ask("newer", "UPDATE stix_schema SET version = 999");
    const foreign = await cluster.create("foreign");
    await cluster.ask("foreign", "CREATE TABLE requests (id text)");
    const old = await cluster.create("old");
    await cluster.ask("postgres", "ALTER DATABASE old SET search_path = faked, public");
    await cluster.ask(
      "old",
      "CREATE SCHEMA faked; CREATE FUNCTION faked.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT '90600' $$; ALTER DATABASE old SET search_path = faked, pg_catalog, public",
    );

    expect(await failure(newer)).toContain(
      `was written by a newer version (schema 999, this program knows ${migrations.length})`,
    );
    expect(await failure(foreign)).toContain("has tables of another program");
    expect(
      (await cluster.ask("foreign", "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'"))[0],
    ).toEqual({ n: 1 });
    expect(await failure(old)).toContain("has version 9; stix needs 13 or newer");
  });

  test("sslmode means what it means to libpq", async () => {
    await using secure = await startPostgres({ tls: true });
    const { ca, other } = secure.certificates ?? { ca: "", other: "" };
    const modes = async (host: string, parameters: string) => {
      const failed = await failure(secure.url("postgres", parameters).replace("127.0.0.1", host));
      return failed.split(":")[0];
    };

    expect(await modes("127.0.0.1", "")).toBe("nothing");
    expect(await modes("127.0.0.1", "sslmode=require")).toBe("nothing");
    expect(await modes("127.0.0.1", `sslmode=verify-ca&sslrootcert=${ca}`)).toBe("nothing");
    expect(await modes("127.0.0.1", `sslmode=verify-ca&sslrootcert=${other}`)).toBe("database-unreachable");
    expect(await modes("127.0.0.1", `sslmode=require&sslrootcert=${other}`)).toBe("database-unreachable");
    expect(await modes("127.0.0.1", `sslmode=verify-full&sslrootcert=${ca}`)).toBe("database-unreachable");
    expect(await modes("localhost", `sslmode=verify-full&sslrootcert=${ca}`)).toBe("nothing");
    expect(await modes("127.0.0.1", `sslmode=verify-ca&sslrootcert=${join(cluster.folder, "none.pem")}`)).toBe(
      "bad-value",
    );
    expect(await failure(cluster.url("shared", "sslmode=require"))).toStartWith("database-unreachable");
    expect(await failure(cluster.url("shared", `host=${cluster.folder}`))).toBe("nothing");
  });
});

interface Swallower extends AsyncDisposable {
  readonly port: number;
  /** From now on: the answer to the next COMMIT is kept back and the connection cut. */
  arm(): void;
  swallowed(): number;
}

/** Passes bytes on, to lose exactly the moment in which nobody can know whether a change was made. */
async function commitSwallower(to: number): Promise<Swallower> {
  let isArmed = false;
  let count = 0;
  interface Side {
    up: Bun.Socket | null;
    early: Uint8Array[];
    isCutting: boolean;
  }
  const server = Bun.listen<Side>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      async open(down) {
        down.data = { up: null, early: [], isCutting: false };
        const up = await Bun.connect({
          hostname: "127.0.0.1",
          port: to,
          socket: {
            data(_up, bytes) {
              if (down.data.isCutting) down.end();
              else down.write(bytes);
            },
            close: () => void down.end(),
          },
        }).catch(() => null);
        if (up === null) return void down.end();
        down.data.up = up;
        for (const bytes of down.data.early) up.write(bytes);
      },
      data(down, bytes) {
        if (isArmed && Buffer.from(bytes).includes("COMMIT")) {
          isArmed = false;
          count += 1;
          down.data.isCutting = true;
        }
        if (down.data.up === null) down.data.early.push(Uint8Array.from(bytes));
        else down.data.up.write(bytes);
      },
      close: (down) => void down.data.up?.end(),
    },
  });
  return {
    port: server.port,
    arm: () => void (isArmed = true),
    swallowed: () => count,
    async [Symbol.asyncDispose]() {
      server.stop(true);
    },
  };
}
