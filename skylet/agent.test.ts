// One node, end to end: real nats-server, real skylet, real processes; this test plays the controller.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createRig, type Rig } from "#test/skylet/rig.ts";

describe("skylet on one node", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test("runs a job and serves its output", async () => {
    const [jid = 0] = await rig.submit({ run: "echo hello $GREETED; echo oops >&2", envs: { GREETED: "world" } });

    const job = await rig.waitFor(jid);

    expect(job).toMatchObject({ state: "SUCCEEDED", attempt: 1, exitCodes: [0], logFolder: `~/sky_logs/${jid}-test` });
    expect(await rig.wholeLog(jid)).toBe("hello world\noops\n");
  });

  test("tells every state to the controller, in order", async () => {
    const [jid = 0] = await rig.submit({ setup: "echo preparing", run: "exit 3" });

    const job = await rig.waitFor(jid);

    expect(job).toMatchObject({
      state: "FAILED",
      exitCodes: [3],
      reason: expect.stringMatching(
        /^Job \d+ failed with return code list: \[3\]: the run script ended with exit code 3$/,
      ),
    });
    expect(await rig.wholeLog(jid, "setup")).toBe("preparing\n");
    const told = () => rig.controller.events.filter((event) => event.type === "job-state" && event.jid === jid);
    while (told().length < 3) await Bun.sleep(5);
    expect(told().map((event) => (event.type === "job-state" ? event.state : ""))).toEqual([
      "SETTING_UP",
      "RUNNING",
      "FAILED",
    ]);
  });
});
