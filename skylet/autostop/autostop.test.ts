// The cluster ends itself: the rule in numbers, then real nodes with a clock that is moved.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRig, type Rig } from "#test/skylet/rig.ts";
import { readProcess } from "#shared/os/proc.ts";
import { decideAutostop, type Idleness } from "./decide-autostop.ts";

const LONG = 30_000;
const MINUTE = 60_000;

describe("autostop/decide-autostop", () => {
  const idle = (fields: Partial<Idleness>): Idleness => ({
    setting: { idleMinutes: 5, down: false, waitFor: "jobs_and_ssh" },
    now: 0,
    lastActiveAt: 0,
    anyJobOpen: false,
    hasSession: () => false,
    ...fields,
  });

  test("is due to the millisecond when the minutes are over", () => {
    expect(decideAutostop(idle({ now: 5 * MINUTE - 1 }))).toEqual({ is: "wait", dueAt: 5 * MINUTE });
    expect(decideAutostop(idle({ now: 5 * MINUTE }))).toEqual({ is: "due", action: "stop", idleMinutes: 5 });
  });

  test("jobs and sessions hold it, unless it waits for none", () => {
    const late = { now: 60 * MINUTE };
    expect(decideAutostop(idle({ ...late, anyJobOpen: true })).is).toBe("active");
    expect(decideAutostop(idle({ ...late, hasSession: () => true })).is).toBe("active");
    expect(
      decideAutostop(
        idle({ ...late, hasSession: () => true, setting: { idleMinutes: 5, down: true, waitFor: "jobs" } }),
      ).is,
    ).toBe("due");
    expect(
      decideAutostop(idle({ ...late, anyJobOpen: true, setting: { idleMinutes: 5, down: true, waitFor: "none" } })),
    ).toMatchObject({ is: "due", action: "down" });
  });

  test("is off without a setting or below zero", () => {
    expect(decideAutostop(idle({ now: 1e12, setting: null })).is).toBe("off");
    expect(decideAutostop(idle({ now: 1e12, setting: { idleMinutes: -1, down: false, waitFor: "jobs" } })).is).toBe(
      "off",
    );
  });
});

describe("autostop of real nodes", () => {
  const clockOf = (rig: Rig) => join(rig.root, "clock");
  const rigWithClock = async (nodes = 1) => {
    const rig = await createRig({ nodes, start: false });
    for (const node of rig.nodes) node.start({ STIX_CLOCK_FILE: clockOf(rig) });
    return rig;
  };

  test(
    "stop: within a second of its time, told to the controller, everything dead, marker left",
    async () => {
      await using rig = await rigWithClock();
      const [jid = 0] = await rig.submit({ run: "nohup sleep 10777 > /dev/null 2>&1 & echo $!" });
      await rig.waitFor(jid);
      const daemon = Number(await rig.wholeLog(jid));
      await rig.call("autostop.set", { autostop: { idleMinutes: 10, down: false, waitFor: "jobs" } });
      expect((await rig.call("state", {})).autostop).toMatchObject({ idleMinutes: 10 });
      writeFileSync(clockOf(rig), String(10 * MINUTE - 5_000));
      await Bun.sleep(1_500);
      expect(rig.head.alive()).toBe(true);

      writeFileSync(clockOf(rig), String(10 * MINUTE));
      const since = performance.now();
      const status = await rig.head.exited();

      expect(status).toBe(75);
      expect(performance.now() - since).toBeLessThan(2_000);
      expect(rig.controller.events.at(-1)).toEqual({ type: "autostopping", action: "stop", idleMinutes: 10 });
      expect(JSON.parse(readFileSync(join(rig.head.dir, "autostop.json"), "utf8"))).toMatchObject({ action: "stop" });
      expect(readProcess(daemon)).toBeNull();
    },
    LONG,
  );

  test(
    "a job that runs holds it, and its end begins the time anew",
    async () => {
      await using rig = await rigWithClock();
      await rig.call("autostop.set", { autostop: { idleMinutes: 1, down: false, waitFor: "jobs" } });
      const [jid = 0] = await rig.submit({ run: "sleep 1000" });
      await rig.waitFor(jid, (job) => job.state === "RUNNING");
      writeFileSync(clockOf(rig), String(10 * MINUTE));
      await Bun.sleep(1_500);
      await rig.call("job.cancel", { jids: [jid], userHash: null, waitMs: 10_000 }, 12_000);
      await Bun.sleep(1_500);

      expect(rig.head.alive()).toBe(true);
      writeFileSync(clockOf(rig), String(11 * MINUTE));
      expect(await rig.head.exited()).toBe(75);
    },
    LONG,
  );

  test(
    "down of three nodes removes their folders, the head's last",
    async () => {
      await using rig = await rigWithClock(3);
      while (!(await rig.call("state", {})).nodes.every(({ state }) => state === "UP")) await Bun.sleep(20);
      const busPid = Number(readFileSync(join(rig.head.dir, "bus/bus.pid"), "utf8").split(" ")[0]);
      await rig.call("autostop.set", { autostop: { idleMinutes: 3, down: true, waitFor: "none" } });
      const [jid = 0] = await rig.submit({ numNodes: 3, run: "sleep 1000" });
      await rig.waitFor(jid, (job) => job.state === "RUNNING");

      writeFileSync(clockOf(rig), String(4 * MINUTE));

      expect(await Promise.all(rig.nodes.map((node) => node.exited()))).toEqual([75, 75, 75]);
      expect(rig.nodes.map((node) => existsSync(dirname(node.dir)))).toEqual([false, false, false]);
      expect(readProcess(busPid)).toBeNull();
    },
    LONG,
  );

  test(
    "a decision that was written is carried out by the next skylet",
    async () => {
      await using rig = await rigWithClock();
      rig.controller.on = true;
      await rig.call("autostop.set", { autostop: { idleMinutes: 1, down: false, waitFor: "jobs" } });
      rig.controller.on = false;
      writeFileSync(clockOf(rig), String(2 * MINUTE));
      while (!rig.head.log().includes("autostop-due")) await Bun.sleep(10);
      await rig.head.kill();
      rig.controller.on = true;

      rig.head.start({ STIX_CLOCK_FILE: clockOf(rig) });

      expect(await rig.head.exited()).toBe(75);
      expect(rig.controller.events.at(-1)?.type).toBe("agent-started");
      expect(rig.controller.events.some((event) => event.type === "autostopping")).toBe(true);
    },
    LONG,
  );
});
