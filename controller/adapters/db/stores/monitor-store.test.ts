// What is remembered of monitors' credentials: one living one of a name, so many at most, and what is forgotten when.
import { expect, test } from "bun:test";
import type { MonitorRecord } from "#controller/ports/monitor-records.ts";
import { onBothDatabases } from "#test/both-databases.ts";
import { createMonitorStore } from "./monitor-store.ts";

const aMonitor = (id: string, change: Partial<Omit<MonitorRecord, "revokedAt">> = {}) => ({
  id,
  name: id,
  createdAt: 100,
  expireAt: 1_000,
  ...change,
});

onBothDatabases(({ openEmpty }) => {
  const open = async () => createMonitorStore(await openEmpty());

  test("what was added is listed, the newest first", async () => {
    const store = await open();
    // An instant of today takes more than 32 bits.
    const today = 1_764_000_000_000;
    expect(await store.add(aMonitor("a"), 8)).toBe("added");
    expect(await store.add(aMonitor("b", { createdAt: today, expireAt: today + 1 }), 8)).toBe("added");
    expect(await store.add(aMonitor("c", { createdAt: 300 }), 8)).toBe("added");

    expect((await store.list()).map(({ id }) => id)).toEqual(["b", "c", "a"]);
    expect((await store.list())[0]).toMatchObject({
      id: "b",
      name: "b",
      createdAt: today,
      expireAt: today + 1,
      revokedAt: null,
    });
  });

  test("a name is free again once its bearer expired or was revoked", async () => {
    const store = await open();
    await store.add(aMonitor("a", { name: "grafana" }), 8);

    expect(await store.add(aMonitor("b", { name: "grafana", createdAt: 999 }), 8)).toBe("name-taken");
    expect(await store.add(aMonitor("c", { name: "grafana", createdAt: 1_000, expireAt: 2_000 }), 8)).toBe("added");
    await store.revoke("c", 1_100);
    expect(await store.add(aMonitor("d", { name: "grafana", createdAt: 1_200, expireAt: 2_000 }), 8)).toBe("added");
    expect((await store.list()).map(({ id, revokedAt }) => [id, revokedAt])).toEqual([
      ["d", null],
      ["c", 1_100],
      ["a", null],
    ]);
  });

  test("only the living count, and a refused one leaves no row", async () => {
    const store = await open();
    await store.add(aMonitor("a"), 2);
    await store.add(aMonitor("b"), 2);

    expect(await store.add(aMonitor("c"), 2)).toBe("too-many");
    expect((await store.list()).map(({ id }) => id).toSorted()).toEqual(["a", "b"]);
    await store.revoke("a", 200);
    expect(await store.add(aMonitor("c", { createdAt: 300 }), 2)).toBe("added");
    expect(await store.add(aMonitor("d", { createdAt: 400 }), 2)).toBe("too-many");
  });

  test("of many at once no more than allowed are added, and one of a name", async () => {
    const store = await open();

    const same = await Promise.all(["a", "b", "c"].map((id) => store.add(aMonitor(id, { name: "one" }), 8)));
    expect(same.toSorted()).toEqual(["added", "name-taken", "name-taken"]);
    const many = await Promise.all(["d", "e", "f", "g"].map((id) => store.add(aMonitor(id), 3)));
    expect(many.toSorted()).toEqual(["added", "added", "too-many", "too-many"]);
  });

  test("revoking takes one and no other; who ended before is forgotten, who lives is kept", async () => {
    const store = await open();
    for (const id of ["old", "revoked", "kept", "alive"])
      await store.add(aMonitor(id, { expireAt: id === "old" ? 400 : 9_000 }), 8);
    await store.revoke("revoked", 300);
    await store.revoke("kept", 500);
    await store.revoke("nobody", 500);

    await store.prune(500);

    expect((await store.list()).toSorted((one, other) => one.id.localeCompare(other.id))).toMatchObject([
      { id: "alive", revokedAt: null },
      { id: "kept", revokedAt: 500 },
    ]);
  });
});
