// The stores keep the promises of their ports.
import { beforeEach, describe, expect, test } from "bun:test";
import type { AttemptRecord } from "#controller/ports/attempts.ts";
import type { ClusterRecord, ClusterStore } from "#controller/ports/clusters.ts";
import {
  unclaimed,
  type LockStore,
  type RequestRecord,
  type RequestStore,
  type UploadStore,
} from "#controller/ports/requests.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import { onBothDatabases } from "#test/both-databases.ts";
import { createClusterStore } from "./cluster-store.ts";
import { createLockStore } from "./lock-store.ts";
import { createRequestStore } from "./request-store.ts";
import { createUploadStore } from "./upload-store.ts";

let requests: RequestStore;
let locks: LockStore;
let uploads: UploadStore;
let clusters: ClusterStore;

const lease = { owner: "s1", until: 1_000 };

function aRequest(change: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: "aaaa-1",
    name: "launch",
    lane: "long",
    state: "PENDING",
    body: { task: "secret", cluster_name: "c" },
    userHash: "u",
    userName: "ana",
    workspace: "default",
    clusterName: "c",
    clientApi: 62,
    createdAt: 100,
    startedAt: null,
    finishedAt: null,
    runs: 0,
    cancelAsked: false,
    value: null,
    failure: null,
    statusMessage: null,
    ...unclaimed,
    ...change,
  };
}

const placement: Placement = {
  cloud: "x",
  region: "r",
  zone: null,
  instanceType: "t",
  useSpot: false,
  cpus: 2,
  memoryGib: 4,
  accelerator: null,
  virtual: false,
  priceUsdPerHour: 3,
};
const instance: Instance = {
  cid: "c-1",
  nid: "n0",
  instanceId: "i",
  state: "running",
  internalIp: "10.0.0.1",
  externalIp: null,
  autostopped: null,
  attempt: null,
  region: "local",
  zone: null,
  reach: null,
};
function aCluster(change: Partial<ClusterRecord> = {}): ClusterRecord {
  return {
    cid: "c-1",
    name: "c",
    state: "INIT",
    userHash: "u",
    userName: "ana",
    workspace: "default",
    nodeCount: 2,
    placement,
    resources: {},
    instances: [],
    autostop: null,
    everUp: false,
    madeBy: "aaaa-1",
    launchedAt: 1_000,
    statusUpdatedAt: 1_000,
    lastUse: "launch",
    lastCreationYaml: null,
    lastCreationCommand: null,
    configHash: null,
    headPaths: null,
    removedAt: null,
    ...change,
  };
}

onBothDatabases(({ openEmpty, tamper, look }) => {
  beforeEach(async () => {
    const db = await openEmpty();
    requests = createRequestStore(db);
    locks = createLockStore(db);
    uploads = createUploadStore(db);
    clusters = createClusterStore(db);
  });

  describe("requests", () => {
    test("a row comes back as it was written", async () => {
      await requests.insert(aRequest());

      expect(await requests.get("aaaa-1")).toEqual(aRequest());
      expect(await requests.get("nope")).toBeNull();
    });

    test("the first outcome stays, and secrets of the task go with the end", async () => {
      await requests.insert(aRequest());
      await requests.claim("aaaa-1", lease, 200);

      expect(await requests.finish("aaaa-1", { state: "SUCCEEDED", value: { job_id: 1 } }, 300)).toBe(true);
      expect(
        await requests.finish(
          "aaaa-1",
          { state: "FAILED", failure: { code: "internal", exception: "E", message: "m", hint: "h", attributes: {} } },
          400,
        ),
      ).toBe(false);

      const ended = await requests.get("aaaa-1");
      expect(ended).toMatchObject({ state: "SUCCEEDED", value: { job_id: 1 }, finishedAt: 300, runs: 1 });
      expect(JSON.stringify(ended?.body)).not.toContain("secret");
    });

    test("an ended request does not begin again, and cannot be cancelled", async () => {
      await requests.insert(aRequest());
      await requests.finish("aaaa-1", { state: "SUCCEEDED", value: null }, 300);

      expect(await requests.claim("aaaa-1", lease, 400)).toBeNull();
      expect(await requests.askCancel("aaaa-1")).toBe(false);
    });

    test("beginnings of ids are found, their signs taken as they are", async () => {
      await requests.insert(aRequest());
      await requests.insert(aRequest({ id: "aaab-2", createdAt: 101 }));

      expect((await requests.findByPrefix("aaa", 5)).length).toBe(2);
      expect((await requests.findByPrefix("aaab", 5)).map((each) => each.id)).toEqual(["aaab-2"]);
      for (const wild of ["%", "_", "%bb%", "a%", "a_ab", "aaab-_", "%%", "*", "aaa?", "[a]aaa", "\u{10FFFF}"])
        expect([wild, await requests.findByPrefix(wild, 5)]).toEqual([wild, []]);
      expect((await requests.findByPrefix("", 5)).length).toBe(2);
    });

    test("pruning takes the old and the many, never the unfinished", async () => {
      await requests.insert(aRequest({ id: "old-running", createdAt: 1 }));
      for (let index = 0; index < 5; index += 1) {
        await requests.insert(aRequest({ id: `done-${index}`, createdAt: 10 + index }));
        await requests.finish(`done-${index}`, { state: "SUCCEEDED", value: null }, 20);
      }

      const gone = await requests.prune(11, 2);

      expect(gone.toSorted()).toEqual(["done-0", "done-1", "done-2"]);
      expect((await requests.list({})).map((each) => each.id)).toEqual(["done-4", "done-3", "old-running"]);
    });
  });

  describe("leases of requests", () => {
    test("one server has a request; another goes on when the lease ran out, under a higher token", async () => {
      await requests.insert(aRequest());

      expect(await requests.claim("aaaa-1", lease, 200)).toMatchObject({ state: "RUNNING", token: 1, runs: 1 });
      expect(await requests.claim("aaaa-1", { owner: "s2", until: 2_000 }, 999)).toBeNull();
      expect(await requests.claim("aaaa-1", { owner: "s2", until: 2_000 }, 1_000)).toMatchObject({ token: 2, runs: 2 });
      expect(await requests.finish("aaaa-1", { state: "SUCCEEDED", value: 1 }, 1_001, 1)).toBe(false);
      expect(await requests.wait({ requestId: "aaaa-1", token: 1 }, { on: "x", until: 1, message: null }, 1_001)).toBe(
        false,
      );
      expect(await requests.finish("aaaa-1", { state: "SUCCEEDED", value: 2 }, 1_002, 2)).toBe(true);
    });

    test("a renewed lease holds, and tells who is to end; one let go of is anybody's", async () => {
      await requests.insert(aRequest());
      await requests.claim("aaaa-1", lease, 200);
      await requests.askCancel("aaaa-1");

      expect(await requests.renew({ owner: "s1", until: 5_000 })).toEqual([
        { id: "aaaa-1", token: 1, cancelAsked: true },
      ]);
      expect(await requests.renew({ owner: "s2", until: 5_000 })).toEqual([]);
      expect(await requests.claim("aaaa-1", { owner: "s2", until: 9_000 }, 4_999)).toBeNull();

      await requests.letGo("s1");
      expect(await requests.claim("aaaa-1", { owner: "s2", until: 9_000 }, 4_999)).toMatchObject({ token: 2 });
    });

    test("leases of servers that are known to be dead end at once", async () => {
      await requests.insert(aRequest());
      await requests.claim("aaaa-1", lease, 200);

      await requests.endLeasesBut("s1");
      expect(await requests.claim("aaaa-1", lease, 300)).toBeNull();
      await requests.endLeasesBut("s2");
      expect(await requests.claim("aaaa-1", { owner: "s2", until: 900 }, 300)).toMatchObject({ leaseOwner: "s2" });
    });

    test("what waits for a time is due then, and has not begun anew", async () => {
      await requests.insert(aRequest());
      await requests.claim("aaaa-1", lease, 200);
      await requests.wait({ requestId: "aaaa-1", token: 1 }, { on: "retry", until: 700, message: "later" }, 300);

      expect(await requests.get("aaaa-1")).toMatchObject({
        state: "WAITING",
        statusMessage: "later",
        leaseOwner: null,
      });
      expect(await requests.nextDue("s1")).toBe(700);
      expect(await requests.claimNext("long", 5, lease, 699)).toEqual([]);
      expect(await requests.claimNext("long", 5, lease, 700)).toMatchObject([
        { runs: 1, token: 2, wakeOn: "retry", waits: 1 },
      ]);
    });

    test("who waits longest for a lock is due when its holder ends, and nobody else", async () => {
      for (const [index, id] of ["holder", "first", "second"].entries()) {
        await requests.insert(aRequest({ id, createdAt: index }));
        await requests.claim(id, lease, 100);
      }
      await locks.tryAcquire("cluster:c", "holder", 100);
      for (const id of ["second", "first"])
        await requests.wait({ requestId: id, token: 1 }, { on: "lock:cluster:c", until: null, message: null }, 110);
      expect(await requests.claimNext("long", 5, lease, 500)).toEqual([]);

      await requests.finish("holder", { state: "SUCCEEDED", value: null }, 500, 1);

      expect(await locks.holderOf("cluster:c")).toBeNull();
      expect((await requests.claimNext("long", 5, lease, 500)).map((each) => each.id)).toEqual(["first"]);
      // It ends without having taken the lock: the next one's turn.
      await requests.finish("first", { state: "SUCCEEDED", value: null }, 600, 2);
      expect((await requests.claimNext("long", 5, lease, 600)).map((each) => each.id)).toEqual(["second"]);
    });

    test("what is waited for may come before the wait is written, or without a word", async () => {
      for (const id of ["awaited", "waits", "late"]) {
        await requests.insert(aRequest({ id, createdAt: 1 }));
        await requests.claim(id, lease, 100);
      }
      const wait = (requestId: string, on: string) =>
        requests.wait({ requestId, token: 1 }, { on, until: null, message: null }, 110);
      await wait("waits", "request:awaited");
      expect(await requests.claimNext("long", 5, lease, 120)).toEqual([]);

      await requests.finish("awaited", { state: "SUCCEEDED", value: null }, 130, 1);
      await wait("late", "request:awaited");
      expect((await requests.claimNext("long", 5, lease, 130)).map((each) => each.id)).toEqual(["waits", "late"]);

      await requests.insert(aRequest({ id: "lost", state: "WAITING", wakeOn: "lock:cluster:gone", createdAt: 3 }));
      await requests.insert(aRequest({ id: "left", state: "WAITING", wakeOn: "request:gone", createdAt: 4 }));
      await requests.wakeForgotten(200);
      expect((await requests.claimNext("long", 5, lease, 200)).map((each) => each.id)).toEqual(["lost", "left"]);
    });

    test("a wish to cancel makes a waiting one due", async () => {
      await requests.insert(aRequest({ state: "WAITING", wakeOn: "lock:x", wakeAt: null }));

      await requests.askCancel("aaaa-1");

      expect(await requests.claim("aaaa-1", lease, 5)).toMatchObject({ cancelAsked: true });
    });
  });

  describe("locks", () => {
    test("one holder at a time, who may ask again", async () => {
      expect(await locks.tryAcquire("cluster:c", "r1", 1)).toBe(true);
      expect(await locks.tryAcquire("cluster:c", "r1", 2)).toBe(true);
      expect(await locks.tryAcquire("cluster:c", "r2", 3)).toBe(false);

      await locks.release("cluster:c", "r2", 3);
      expect(await locks.holderOf("cluster:c")).toBe("r1");

      await locks.release("cluster:c", "r1", 3);
      expect(await locks.tryAcquire("cluster:c", "r2", 4)).toBe(true);
    });
  });

  describe("uploads", () => {
    test("use keeps an archive from being pruned", async () => {
      await uploads.add("u", "b1", 10, 100);
      await uploads.add("u", "b2", 10, 100);

      expect(await uploads.has("u", "b1", 500)).toBe(true);
      expect(await uploads.has("other", "b1", 500)).toBe(false);
      expect(await uploads.prune(200)).toEqual([{ userHash: "u", blobId: "b2" }]);
    });
  });

  describe("clusters", () => {
    test("a row comes back as it was written", async () => {
      const whole = aCluster({
        instances: [instance],
        autostop: { idleMinutes: 5, down: true },
        headPaths: { agent: "/a", home: "/h" },
      });
      await clusters.insert(whole);

      expect(await clusters.get("c-1")).toEqual(whole);
      expect(await clusters.findByName("c")).toEqual(whole);
    });

    test("a living name is taken once, a removed one is free", async () => {
      await clusters.insert(aCluster());

      await expect(clusters.insert(aCluster({ cid: "c-2" }))).rejects.toThrow("cluster 'c' exists already");
      await clusters.markRemoved("c-1", 2_000, "down", null);
      await clusters.insert(aCluster({ cid: "c-2" }));

      expect((await clusters.list()).map((each) => each.cid)).toEqual(["c-2"]);
      expect((await clusters.listRemoved(0)).map((each) => each.cid)).toEqual(["c-1"]);
    });

    test("a step is taken only from the states it names, and never by the removed", async () => {
      await clusters.insert(aCluster());

      expect(await clusters.step("c-1", { event: "well", from: ["STOPPED"], reason: "x", at: 2_000 })).toBe(false);
      expect(
        await clusters.step("c-1", { event: "well", from: ["INIT"], reason: "x", at: 2_000, change: { everUp: true } }),
      ).toBe(true);
      expect(await clusters.get("c-1")).toMatchObject({ state: "UP", everUp: true, statusUpdatedAt: 2_000 });
      await clusters.markRemoved("c-1", 3_000, "down", null);
      expect(await clusters.step("c-1", { event: "well", reason: "x", at: 4_000 })).toBe(false);
    });

    test("a move that the table of a cluster's life does not know is refused, and nothing of it is written", async () => {
      await clusters.insert(aCluster());
      await clusters.step("c-1", { event: "well", reason: "up", at: 2_000 });
      const before = [
        await clusters.get("c-1"),
        await clusters.events("c-1", null, 10),
        await clusters.intervals("c-1"),
      ];

      const refused = clusters.step("c-1", {
        event: "make",
        reason: "x",
        at: 3_000,
        change: { instances: [instance] },
      });

      await expect(refused).rejects.toMatchObject({
        code: "illegal-move",
        message: "a cluster that is UP cannot take 'make'",
      });
      expect([
        await clusters.get("c-1"),
        await clusters.events("c-1", null, 10),
        await clusters.intervals("c-1"),
      ]).toEqual(before);
    });

    test("cost runs while machines run: from their making, through a restart at another size, to the end", async () => {
      await clusters.insert(aCluster());
      expect(await clusters.intervals("c-1")).toEqual([]);

      await clusters.step("c-1", { event: "make", reason: "made", at: 2_000, change: { instances: [instance] } });
      await clusters.step("c-1", { event: "well", reason: "up", at: 3_000 });
      await clusters.step("c-1", { event: "stop", reason: "stop", at: 5_000 });
      await clusters.step("c-1", { event: "well", reason: "start", at: 7_000, change: { nodeCount: 3 } });
      await clusters.markRemoved("c-1", 9_000, "down", null);
      await clusters.markRemoved("c-1", 99_000, "down again", null);

      expect(await clusters.intervals("c-1")).toEqual([
        { cid: "c-1", startedAt: 2_000, endedAt: 5_000, priceUsdPerHour: 3, nodeCount: 2 },
        { cid: "c-1", startedAt: 7_000, endedAt: 9_000, priceUsdPerHour: 3, nodeCount: 3 },
      ]);
    });

    test("events tell the story in order, and removal ends it once", async () => {
      await clusters.insert(aCluster());
      await clusters.step("c-1", { event: "well", reason: "all nodes run", at: 3_000 });
      await clusters.step("c-1", { event: "well", reason: "again", at: 4_000 });
      await clusters.markRemoved("c-1", 9_000, "taken down", "r9");
      await clusters.markRemoved("c-1", 9_500, "taken down", "r9");

      const events = await clusters.events("c-1", null, 10);
      expect(events.map((each) => [each.type, each.fromState, each.toState])).toEqual([
        ["STATUS_CHANGE", null, "INIT"],
        ["STATUS_CHANGE", "INIT", "UP"],
        ["TERMINAL", "UP", null],
      ]);
    });

    test("an attempt is written once, and moves only as the table says", async () => {
      const attempt: AttemptRecord = {
        id: "c-1-1",
        cid: "c-1",
        requestId: "r",
        round: 1,
        placement,
        state: "intended",
        startedAt: 1,
        endedAt: null,
        failure: null,
        removal: null,
      };
      const failure = {
        kind: "capacity",
        reach: { regions: ["r1", "r2"] },
        message: "sold out",
        hint: "",
        at: 5,
      } as const;
      const removal = { tries: 1, refusal: { ...failure, kind: "transient", at: 6 } } as const;
      await clusters.addAttempt(attempt);
      await clusters.addAttempt({ ...attempt, startedAt: 9 });
      expect(await clusters.moveAttempt("c-1-1", "make", 2)).toBeNull();
      await clusters.moveAttempt("c-1-1", "create", 2);
      await clusters.moveAttempt("c-1-1", "fail", 5, { failure });
      await clusters.moveAttempt("c-1-1", "remove", 6);
      await clusters.moveAttempt("c-1-1", "remove", 6, { removal });
      expect(await clusters.openAttempts()).toEqual([{ ...attempt, state: "removing", failure, removal }]);

      const gone = { ...attempt, state: "removed", endedAt: 7, failure, removal } as const;
      expect(await clusters.moveAttempt("c-1-1", "prove-gone", 7)).toEqual(gone);

      expect(await clusters.moveAttempt("c-1-1", "adopt", 8)).toBeNull();
      expect([await clusters.attempts("c-1"), await clusters.openAttempts()]).toEqual([[gone], []]);
    });

    test("a cluster takes an attempt's machines only while the attempt has them", async () => {
      const base = { cid: "c-1", requestId: "r", round: 1, placement, endedAt: null, failure: null, removal: null };
      await clusters.insert(aCluster({ cid: "c-1", instances: [], placement: null }));
      for (const [id, state] of [
        ["c-1-1", "removed"],
        ["c-1-2", "made"],
      ] as const)
        await clusters.addAttempt({ ...base, id, state, startedAt: 1 });
      const step = { event: "make", reason: "its machines are made", at: 2, change: { placement } } as const;

      expect(await clusters.step("c-1", { ...step, attempt: { id: "c-1-1", event: "adopt" } })).toBe(false);
      expect(await clusters.get("c-1")).toMatchObject({ placement: null });
      expect(await clusters.step("c-1", { ...step, attempt: { id: "c-1-2", event: "adopt" } })).toBe(true);

      expect(await clusters.get("c-1")).toMatchObject({ placement });
      expect((await clusters.attempts("c-1")).map((each) => each.state)).toEqual(["removed", "adopted"]);
    });
  });

  describe("damaged rows", () => {
    test("what is no JSON, or of another shape, is told by table, row and column", async () => {
      await clusters.insert(aCluster());
      await requests.insert(aRequest());
      await tamper("UPDATE clusters SET placement_json = '{\"cloud\": 7}'");
      await tamper("UPDATE requests SET body_json = '{\"task\": '");

      await expect(clusters.get("c-1")).rejects.toThrow(
        "row 'c-1' of the table 'clusters' is damaged: its placement_json is not what was written at cloud",
      );
      await expect(requests.get("aaaa-1")).rejects.toThrow(
        "row 'aaaa-1' of the table 'requests' is damaged: its body_json is not what was written, not even JSON",
      );
      // It can be ended all the same.
      expect(await requests.finish("aaaa-1", { state: "SUCCEEDED", value: null }, 300)).toBe(true);
    });
  });

  describe("owners", () => {
    test("what belongs to a cluster or a request has its owner and workspace", async () => {
      const owner = { userHash: "ana1", workspace: "team" };
      await requests.insert(aRequest(owner));
      await locks.tryAcquire("cluster:c", "aaaa-1", 1);
      await clusters.insert(aCluster({ ...owner, instances: [instance] }));
      await clusters.step("c-1", { event: "well", reason: "x", at: 2_000 });
      await clusters.addEvent({
        cid: "c-1",
        clusterName: "c",
        at: 3,
        type: "DEBUG",
        fromState: null,
        toState: null,
        reason: "r",
        requestId: null,
      });
      await clusters.addAttempt({
        id: "c-1-1",
        cid: "c-1",
        requestId: "aaaa-1",
        round: 1,
        placement,
        state: "intended",
        startedAt: 1,
        endedAt: null,
        failure: null,
        removal: null,
      });

      await clusters.insert(aCluster({ cid: "d-1", name: "d" }));
      expect((await clusters.list({ workspace: "team" })).map((each) => each.cid)).toEqual(["c-1"]);
      expect((await clusters.list({ userHash: "u" })).map((each) => each.cid)).toEqual(["d-1"]);
      expect((await requests.list({ workspace: "team" })).length).toBe(1);
      expect((await requests.list({ workspace: "default" })).length).toBe(0);
      await clusters.markRemoved("d-1", 9, "down", null);
      expect(await clusters.listRemoved(0, { workspace: "team" })).toEqual([]);
      for (const table of ["requests", "locks", "clusters", "cluster_events", "cost_intervals", "attempts"])
        expect([
          table,
          await look(`SELECT DISTINCT user_hash, workspace FROM ${table} WHERE user_hash <> 'u'`),
        ]).toEqual([table, [{ user_hash: "ana1", workspace: "team" }]]);
    });
  });
});
