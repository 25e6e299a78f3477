// What a job sees and may do on its node: environment, devices, queue order, cancellation, logs; with real processes.
import { listPids, readProcess, wordsOf } from "#shared/os/proc.ts";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openNodeCgroup } from "../node/cgroup.ts";
import { aSpec, createRig, type Rig } from "#test/skylet/rig.ts";

const LONG = 30_000;

describe("jobs on a node with four devices", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig({ cpus: 4, accelerator: { name: "V100", count: 4 } });
  }, LONG);
  afterAll(() => rig[Symbol.asyncDispose]());

  const outputOf = async (fields: Parameters<Rig["submit"]>[0], stream: "setup" | "run" = "run") => {
    const [jid = 0] = await rig.submit(fields);
    await rig.waitFor(jid);
    return { jid, text: await rig.wholeLog(jid, stream) };
  };

  test("a run script has the variables of the contract", async () => {
    const names = [
      "NODE_RANK",
      "NODE_IPS",
      "NUM_NODES",
      "NUM_GPUS_PER_NODE",
      "CLUSTER_INFO",
      "USER",
      "TASK_ID",
      "INTERNAL_JOB_ID",
    ];
    const run = names.map((name) => `echo "${name}=$SKYPILOT_${name}"`).join("\n");

    const { jid, text } = await outputOf({ run, accelerator: { name: "V100", count: 1.5 } });

    expect(text.trim().split("\n")).toEqual([
      "NODE_RANK=0",
      "NODE_IPS=127.0.0.1",
      "NUM_NODES=1",
      "NUM_GPUS_PER_NODE=2",
      'CLUSTER_INFO={"cluster_name":"rig","cloud":"local","region":"local","zone":null}',
      "USER=me",
      `TASK_ID=sky-2026-01-02-03-04-05-000006_rig_${jid}`,
      `INTERNAL_JOB_ID=${jid}`,
    ]);
  });

  test("a setup script has its own, and no devices", async () => {
    const setup =
      'echo "$SKYPILOT_SETUP_NODE_RANK/$SKYPILOT_SETUP_NODE_IPS/$SKYPILOT_SETUP_NUM_GPUS_PER_NODE/$SKYPILOT_NUM_NODES/${SKYPILOT_NODE_RANK-unset}/${CUDA_VISIBLE_DEVICES-unset}/$PYTHONUNBUFFERED/$-" | sed s/[^/]*i[^/]*$/interactive/; echo "$MINE"';

    const { text } = await outputOf(
      { setup, accelerator: { name: "V100", count: 1 }, envs: { MINE: "two words" } },
      "setup",
    );

    expect(text).toBe("0/127.0.0.1/1/1/unset/unset/1/interactive\ntwo words\n");
  });

  test("what the task sets wins over ~/.bashrc, and what the queue sets over the task", async () => {
    writeFileSync(
      join(rig.head.home, ".bashrc"),
      "export MINE=bashrc FROM_RC=yes SKYPILOT_NODE_RANK=9 PATH=$PATH:/added\n",
    );
    const run =
      'echo "$MINE $FROM_RC $SKYPILOT_NODE_RANK ${PATH##*:} ${BASH_ENV-unset} ${STIX_ENV_NAMES-unset} $SECRET"';

    const { text } = await outputOf({
      run,
      envs: { MINE: "a 'b' \"c\" $d", SKYPILOT_NODE_RANK: "7" },
      secrets: { SECRET: "s" },
    });

    expect(text).toBe("a 'b' \"c\" $d yes 0 /added unset unset s\n");
  });

  test("scripts begin in ~/sky_workdir, which is made when it is not there", async () => {
    rmSync(join(rig.head.home, "sky_workdir"), { recursive: true, force: true });

    const { text } = await outputOf({ run: "pwd; echo ~" });

    expect(text).toBe(`${rig.head.home}/sky_workdir\n${rig.head.home}\n`);
  });

  test("devices are isolated: whole ones are different, shares of one are the same, none are none", async () => {
    const show = 'echo "[${CUDA_VISIBLE_DEVICES-unset}]"; sleep 0.3';
    const jids = [
      ...(await rig.submit({ run: show, accelerator: { name: "v100", count: 2 } })),
      ...(await rig.submit({ run: show, accelerator: { name: "V100", count: 0.5 } })),
      ...(await rig.submit({ run: show, accelerator: { name: "V100", count: 0.5 } })),
      ...(await rig.submit({ run: show, accelerator: { name: "V100", count: 1 } })),
      ...(await rig.submit({ run: show })),
    ];

    const seen = [];
    for (const jid of jids) {
      await rig.waitFor(jid);
      seen.push(await rig.wholeLog(jid));
    }

    expect(seen).toEqual(["[0,1]\n", "[2]\n", "[2]\n", "[3]\n", "[]\n"]);
  });

  test("a later job that would fit does not overtake", async () => {
    const order = join(rig.root, "order");
    const note = (word: string, seconds: number) => `echo ${word} >> ${order}; sleep ${seconds}`;
    await rig.submit({ run: note("three", 0.4), accelerator: { name: "V100", count: 3 } });
    await rig.submit({ run: note("four", 0.1), accelerator: { name: "V100", count: 4 } });
    const [small = 0] = await rig.submit({ run: note("one", 0), accelerator: { name: "V100", count: 1 } });

    await rig.waitFor(small);

    expect(readFileSync(order, "utf8")).toBe("three\nfour\none\n");
  });

  test("what can never fit is refused with what there is", async () => {
    await expect(rig.submit({ numNodes: 2 })).rejects.toThrow(
      "bad-request: the job asks for 2 nodes, the cluster has 1",
    );
    await expect(rig.submit({ accelerator: { name: "A100", count: 1 } })).rejects.toThrow("the nodes have V100:4");
  });

  test("the same key gives the same jobs, with other content a conflict", async () => {
    const [jid = 0] = await rig.submit({ run: "true" });
    const spec = aSpec({ run: "echo once" });

    const first = await rig.call("job.submit", { idem: "same", specHash: "1", spec, copies: 3 });
    const second = await rig.call("job.submit", { idem: "same", specHash: "1", spec, copies: 3 });

    expect(first.jids).toEqual([jid + 1, jid + 2, jid + 3]);
    expect(second.jids).toEqual(first.jids);
    await expect(rig.call("job.submit", { idem: "same", specHash: "2", spec, copies: 3 })).rejects.toThrow("conflict");
  });

  test("a setup that fails is named so, and the run does not start", async () => {
    const { jid, text } = await outputOf({ setup: "echo bad; exit 4", run: "echo never" }, "setup");

    const job = await rig.waitFor(jid);
    expect(job).toMatchObject({
      state: "FAILED_SETUP",
      exitCodes: [4],
      reason: expect.stringMatching(
        new RegExp(
          `^Job ${jid}'s setup failed\\. Failed workers: \\(pid=\\d+, returncode=4, node=head\\)\\. See error logs above for more details\\.$`,
        ),
      ),
    });
    expect(text).toBe("bad\n");
    expect(await rig.wholeLog(jid)).toBe("");
  });

  test(
    "cancel kills what was double-forked into a session of its own, and says so only when it is dead",
    async () => {
      const pidFile = join(rig.root, "escaped.pid");
      // Only a control group finds a process that also gave up its environment.
      const hidden = openNodeCgroup(`${rig.cid}-test`) === null ? "" : "(setsid env -i sleep 10007 &) ;";
      const escape = `(setsid bash -c 'trap "" TERM HUP; echo $$ > ${pidFile}; while :; do sleep 0.1; done' &) ; ${hidden} sleep 10007`;
      const [jid = 0] = await rig.submit({ run: escape });
      while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "") await Bun.sleep(5);
      const escaped = Number(readFileSync(pidFile, "utf8"));

      const { cancelled } = await rig.call("job.cancel", { jids: [jid], userHash: null, waitMs: 10_000 }, 12_000);

      expect(cancelled).toEqual([jid]);
      expect(readProcess(escaped) !== null).toBe(false);
      expect(commandLines().filter((line) => line.includes("sleep\x0010007"))).toEqual([]);
      expect((await rig.waitFor(jid)).state).toBe("CANCELLED");
    },
    LONG,
  );

  test(
    "cancel reaches jobs that wait and jobs that set up",
    async () => {
      const [blocking = 0] = await rig.submit({ run: "sleep 1000", accelerator: { name: "V100", count: 4 } });
      await rig.waitFor(blocking, (job) => job.state === "RUNNING");
      const [waiting = 0] = await rig.submit({ run: "true", accelerator: { name: "V100", count: 1 } });
      expect(await rig.call("job.cancel", { jids: [waiting], userHash: null, waitMs: 1_000 })).toEqual({
        cancelled: [waiting],
        pending: [],
      });
      await rig.call("job.cancel", { jids: [blocking], userHash: null, waitMs: 10_000 });
      const [preparing = 0] = await rig.submit({ setup: "sleep 1000", run: "true" });
      await rig.waitFor(preparing, (job) => job.state === "SETTING_UP");

      const answer = await rig.call("job.cancel", { jids: "all", userHash: null, waitMs: 10_000 });

      expect(answer).toEqual({ cancelled: [preparing], pending: [] });
      expect(await rig.call("job.cancel", { jids: [preparing], userHash: null, waitMs: 0 })).toEqual({
        cancelled: [],
        pending: [],
      });
    },
    LONG,
  );

  test("a background process outlives its job", async () => {
    const { jid } = await outputOf({ run: "nohup sleep 10321 > /dev/null 2>&1 &" });

    expect((await rig.waitFor(jid)).state).toBe("SUCCEEDED");
    expect(commandLines().some((line) => line.includes("sleep\x0010321"))).toBe(true);
  });

  test("the end of a large log is found without reading it", async () => {
    const { jid } = await outputOf({ run: "seq 1 200000" });
    const stat = await rig.call("log.stat", { jid, stream: "run", rank: 0, attempt: 0, tailLines: 3 });

    const { text, head } = await rig.readLog({ jid, off: stat.tailOff });

    expect(text).toBe("199998\n199999\n200000\n");
    expect(head.eof).toBe(true);
  });

  test("a line reaches a waiting reader within 50 ms", async () => {
    const [jid = 0] = await rig.submit({ run: "for i in 1 2 3 4 5 6 7 8 9; do date +%s%N; sleep 0.1; done" });
    const delays: number[] = [];
    for (let off = 0; ;) {
      const { head, text } = await rig.readLog({ jid, off, waitMs: 5_000 });
      const at = Date.now();
      for (const line of text.trim().split("\n")) if (line !== "") delays.push(at - Number(line) / 1e6);
      off += head.n;
      if (head.eof) break;
    }
    delays.sort((a, b) => a - b);
    expect(delays.length).toBe(9);
    expect(delays[4]).toBeLessThan(50);
  });

  test("logs are where SkyPilot's users look", async () => {
    const { jid } = await outputOf({ name: "named", setup: "echo s", run: "echo r" });

    const folder = join(rig.head.home, `sky_logs/${jid}-named`);
    while (!existsSync(join(folder, "run.log"))) await Bun.sleep(5);
    expect(readFileSync(join(folder, "run.log"), "utf8")).toBe("r\n");
    expect(readFileSync(join(folder, "tasks/run.log"), "utf8")).toBe("r\n");
    expect(readFileSync(join(folder, "tasks/setup.log"), "utf8")).toBe("s\n");
  });
});

function commandLines(): string[] {
  return listPids().map((pid) => wordsOf(pid).join("\0"));
}
