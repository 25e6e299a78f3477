// Several nodes: real bus, real skylets; ranks, exit codes, and what survives the death of each part.
import { environmentHolds, listPids } from "#shared/os/proc.ts";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createRig, type Rig } from "#test/skylet/rig.ts";

describe("skylet on three nodes", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig({ nodes: 3 });
    await allUp(rig);
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test("gives every rank its place", async () => {
    const run = "echo $SKYPILOT_NODE_RANK/$SKYPILOT_NUM_NODES/$SKYPILOT_INTERNAL_JOB_ID $SKYPILOT_NODE_IPS";
    const [jid = 0] = await rig.submit({ numNodes: 3, run });

    const job = await rig.waitFor(jid);

    expect(job).toMatchObject({ state: "SUCCEEDED", exitCodes: [0, 0, 0] });
    for (const rank of [0, 1, 2])
      expect(await rig.wholeLog(jid, "run", rank)).toBe(`${rank}/3/${jid} 127.0.0.1 127.0.0.2 127.0.0.3\n`);
  });

  test("kills the other ranks when one fails", async () => {
    const [jid = 0] = await rig.submit({
      numNodes: 3,
      run: 'if [ "$SKYPILOT_NODE_RANK" = 1 ]; then exit 7; fi; (setsid sleep 1000 &) ; sleep 1000',
    });

    const job = await rig.waitFor(jid);

    expect(job).toMatchObject({ state: "FAILED", exitCodes: [137, 7, 137] });
    expect(job.reason).toBe(
      `Job ${job.jid} failed with return code list: [137, 7, 137]: rank 1 on worker1 ended with exit code 7`,
    );
    expect(processesWith(`/${jid}/1/`)).toEqual([]);
  });

  test("runs setup on all nodes, also for a job of one", async () => {
    const [jid = 0] = await rig.submit({
      numNodes: 1,
      setup: "echo $SKYPILOT_SETUP_NODE_RANK > ~/was-here",
      run: "cat ~/was-here",
    });

    const job = await rig.waitFor(jid);

    expect(job.state).toBe("SUCCEEDED");
    const written = await Promise.all(rig.nodes.map((node) => Bun.file(`${node.home}/was-here`).text()));
    expect(written).toEqual(["0\n", "1\n", "2\n"]);
  });

  test("a job goes on through kill -9 of the bus, the head and a worker", async () => {
    const script = "for i in $(seq 1 40); do echo line $i; sleep 0.1; done";
    const [jid = 0] = await rig.submit({ numNodes: 3, run: script });
    await rig.waitFor(jid, (job) => job.state === "RUNNING");

    killBus(rig);
    await rig.nodes[1]?.kill();
    rig.nodes[1]?.start();
    await rig.head.kill();
    rig.head.start();

    const job = await rig.waitFor(jid);
    expect(job).toMatchObject({ state: "SUCCEEDED", attempt: 1, exitCodes: [0, 0, 0] });
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}\n`).join("");
    for (const rank of [0, 1, 2]) expect(await rig.wholeLog(jid, "run", rank)).toBe(lines);
  }, 30_000);
});

async function allUp(rig: Rig): Promise<void> {
  for (;;) {
    const { nodes } = await rig.call("state", {});
    if (nodes.every((node) => node.state === "UP")) return;
    await Bun.sleep(10);
  }
}

function killBus(rig: Rig): void {
  const pid = Number(readFileSync(`${rig.head.dir}/bus/bus.pid`, "utf8").split(" ")[0]);
  process.kill(pid, "SIGKILL");
}

function processesWith(mark: string): number[] {
  return listPids().filter((pid) => environmentHolds(pid, "STIX_MARK=t-") && environmentHolds(pid, mark));
}
