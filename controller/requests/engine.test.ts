// The engine over real rows: who waits holds nothing, the store and the table of turns agree, and a stale holder writes nothing.
import { describe, expect, test } from "bun:test";
import { openDatabase } from "#controller/adapters/db/sqlite/database.ts";
import { createRequestStore } from "#controller/adapters/db/stores/request-store.ts";
import { decideTurn, LEASE_MS } from "#controller/core/request/turn.ts";
import { StaleLease, type RequestRecord } from "#controller/ports/requests.ts";
import { requestStates } from "#shared/lifecycle/request.ts";
import { aRequest, jumpingClock, twinWorld } from "#test/twins/twin-world.ts";

const never = new AbortController().signal;
const task = "run: echo hello\n";

describe("requests/engine", () => {
  test("a thousand launches wait for one name without a place in a lane, and another request passes at once", async () => {
    const clock = jumpingClock();
    const twin = twinWorld({ clock });
    const holder = twin.request("launch", { cluster_name: "busy", task });
    await twin.world.requests.insert({ ...holder, state: "WAITING", wakeOn: "nothing", token: 1 });
    await twin.world.locks.tryAcquire("cluster:busy", holder.id, clock.now());
    const waiting = Array.from({ length: 1_000 }, () => twin.request("launch", { cluster_name: "busy", task }));
    await Promise.all(waiting.map((request) => twin.worker.submit(request)));
    await settled(async () => (await countIn(twin, "WAITING")) === 1_001 && (await dueNow(twin)) === 0);

    const passing = await twin.ask("launch", { cluster_name: "free", task });

    expect(passing.state).toBe("SUCCEEDED");
    expect(await countIn(twin, "RUNNING")).toBe(0);

    // Most give up; the name is free for the others, one after the other in the order they came.
    const stays = waiting.slice(0, 20);
    const leaves = waiting.slice(20).map(({ id }) => id);
    expect((await twin.worker.cancel(leaves)).length).toBe(leaves.length);
    await twin.world.requests.finish(holder.id, { state: "SUCCEEDED", value: null }, clock.now());
    await twin.worker.resume();
    const ends = await Promise.all(stays.map(({ id }) => twin.worker.ended(id, never)));
    expect(ends.map((end) => (end?.value as { job_id: number } | undefined)?.job_id)).toEqual(
      stays.map((_, index) => index + 1),
    );
    expect(await countIn(twin, "CANCELLED")).toBe(leaves.length);
  }, 60_000);

  test("launches that found nothing wait for their next try, and all are heard", async () => {
    const twin = twinWorld();
    twin.cloud.refusals.push(
      ...Array.from({ length: 100 }, () => ({
        ok: false as const,
        kind: "capacity" as const,
        reach: "offer" as const,
        message: "sold out",
        hint: "try later",
      })),
    );
    const asked = Array.from({ length: 100 }, (_, index) =>
      twin.request("launch", { cluster_name: `c${index}`, task, retry_until_up: true }),
    );

    await Promise.all(asked.map((request) => twin.worker.submit(request)));
    const ends = await Promise.all(asked.map(({ id }) => twin.worker.ended(id, never)));

    expect(ends.filter((end) => end?.state === "SUCCEEDED").length).toBe(100);
    // Waiting is not beginning anew.
    expect(ends.every((end) => end?.runs === 1)).toBe(true);
    expect([...twin.told.values()].filter((told) => told.includes("Retry after 30s.")).length).toBeGreaterThan(90);
  }, 60_000);

  test("what the store lets a server take up is what the table says", async () => {
    const now = 1_000_000;
    for (const state of requestStates) {
      const database = openDatabase(":memory:");
      const store = createRequestStore(database);
      const rows = rowsOf(state, now);
      for (const row of rows) await store.insert(row);
      const facts = { self: "me", runsUnder: null, hasRoom: true, isStopping: false };

      const taken = await store.claimNext("long", rows.length, { owner: "me", until: now + LEASE_MS }, now);

      const wanted = rows.filter((row) => ["claim", "take-over"].includes(decideTurn(row, facts, now).do));
      expect(taken.map((row) => row.id)).toEqual(wanted.map((row) => row.id));
      const runs = new Map(rows.map((row) => [row.id, row.runs]));
      for (const row of taken) expect(row.runs - (runs.get(row.id) ?? 0)).toBe(state === "WAITING" ? 0 : 1);
      database.close();
    }
  });

  test("writes in the name of a request are refused once another server took it up", async () => {
    const twin = twinWorld();
    const request = twin.request("launch", { cluster_name: "c", task });
    await twin.world.requests.insert(request);
    await twin.world.requests.claim(request.id, { owner: "frozen", until: 5 }, 1);
    const frozen = twin.world.fenced({ requestId: request.id, token: 1 });
    expect(await frozen.locks.tryAcquire("cluster:c", request.id, 2)).toBe(true);

    await twin.world.requests.claim(request.id, { owner: "other", until: 100 }, 6);

    const refusals = await Promise.allSettled([
      frozen.locks.tryAcquire("cluster:d", request.id, 7),
      frozen.locks.release("cluster:c", request.id, 7),
      frozen.clusters.change("c-1", { nodeCount: 2 }),
      frozen.clusters.step("c-1", { event: "well", reason: "late", at: 7 }),
      frozen.clusters.markRemoved("c-1", 7, "late", request.id),
    ]);
    for (const refusal of refusals) expect(refusal.status === "rejected" && refusal.reason).toBeInstanceOf(StaleLease);
    expect(await twin.world.locks.holderOf("cluster:c")).toBe(request.id);
    expect(await twin.world.locks.holderOf("cluster:d")).toBeNull();
  });
});

function rowsOf(state: RequestRecord["state"], now: number): RequestRecord[] {
  const leases = [null, now - 1, now, now + 1].flatMap((leaseUntil) =>
    ["me", "other"].map((leaseOwner) => ({ leaseUntil, leaseOwner })),
  );
  const waits = [null, now - 1, now, now + 1].flatMap((wakeAt) =>
    [null, "lock:x"].flatMap((wakeOn) => [true, false].map((cancelAsked) => ({ wakeAt, wakeOn, cancelAsked }))),
  );
  return leases.flatMap((lease, outer) =>
    waits.map((wait, inner) => ({
      ...aRequest(`r-${String(outer * 100 + inner).padStart(5, "0")}`, "launch", {}, outer * 100 + inner),
      ...lease,
      ...wait,
      state,
    })),
  );
}

async function countIn({ world }: ReturnType<typeof twinWorld>, state: RequestRecord["state"]): Promise<number> {
  return (await world.requests.list({ states: [state] })).length;
}

async function dueNow({ world }: ReturnType<typeof twinWorld>): Promise<number> {
  const now = world.clock.now();
  const waiting = await world.requests.list({ states: ["WAITING"] });
  return waiting.filter((request) => request.wakeAt !== null && request.wakeAt <= now + 10_000).length;
}

async function settled(holds: () => Promise<boolean>): Promise<void> {
  // Turns of the loop, in which others work; looking costs more than all they do.
  while (!(await holds()))
    for (let turn = 0; turn < 500; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
