// What is left after something died: the skylet, the hub, the node, the disk.
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readProcess } from "#shared/os/proc.ts";
import { aSpec, createRig } from "#test/skylet/rig.ts";

const LONG = 30_000;

describe("skylet after a fault", () => {
  test(
    "a job outlives its skylet, ends while it is away, and is known afterwards",
    async () => {
      await using rig = await createRig();
      const away = join(rig.root, "away");
      const pidFile = join(rig.root, "short");
      const [short = 0] = await rig.submit({
        run: `echo $$ > ${pidFile}; echo a; until [ -e ${away} ]; do sleep 0.02; done; echo b; exit 5`,
      });
      const back = join(rig.root, "back");
      const [long = 0] = await rig.submit({ run: `echo c; until [ -e ${back} ]; do sleep 0.02; done; echo d` });
      await rig.waitFor(long, (job) => job.state === "RUNNING");
      while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "") await Bun.sleep(5);
      const pid = Number(readFileSync(pidFile, "utf8"));

      await rig.head.kill();
      writeFileSync(away, "");
      while (readProcess(pid) !== null) await Bun.sleep(5);
      rig.head.start();
      writeFileSync(back, "");

      expect(await rig.waitFor(short)).toMatchObject({ state: "FAILED", exitCodes: [5], attempt: 1 });
      expect(await rig.waitFor(long)).toMatchObject({ state: "SUCCEEDED", attempt: 1 });
      expect(await rig.wholeLog(short)).toBe("a\nb\n");
      expect(await rig.wholeLog(long)).toBe("c\nd\n");
    },
    LONG,
  );

  test("a storm of kill -9 loses no job and starts none twice", async () => {
    await using rig = await createRig({ cpus: 2 });
    const starts = join(rig.root, "starts");
    const jids = await rig.submit({ run: `echo $SKYPILOT_INTERNAL_JOB_ID.$STIX_ATTEMPT >> ${starts}` }, 60);

    for (let kills = 0; kills < 8; kills++) {
      await Bun.sleep(20 + kills * 30);
      await rig.head.kill();
      rig.head.start();
    }

    for (const jid of jids) expect((await rig.waitFor(jid)).state).toBe("SUCCEEDED");
    const started = readFileSync(starts, "utf8").trim().split("\n");
    expect(new Set(started).size).toBe(started.length);
    expect(new Set(started.map((line) => line.split(".")[0])).size).toBe(60);
  }, 60_000);

  test(
    "the cluster works without hub and controller, and tells everything afterwards",
    async () => {
      await using rig = await createRig();
      const done = join(rig.root, "done");
      writeFileSync(done, "");
      const jids = await rig.submit({ run: `sleep 0.05; echo >> ${done}` }, 30);
      await rig.hub.kill();
      while (readFileSync(done, "utf8").length < 30) await Bun.sleep(10);

      await rig.hub.restart();

      for (const jid of jids) expect((await rig.waitFor(jid)).state).toBe("SUCCEEDED");
      const ended = () =>
        rig.controller.events.filter((event) => event.type === "job-state" && event.state === "SUCCEEDED").length;
      while (ended() < 30) await Bun.sleep(10);
      expect(ended()).toBe(30);
      expect(rig.controller.registrations.length).toBeGreaterThan(1);
    },
    LONG,
  );

  test(
    "jobs from before the node was stopped end as FAILED_DRIVER, and nothing of them lives",
    async () => {
      await using rig = await createRig({
        env: { STIX_BOOT_ID: "first" },
        autostop: { idleMinutes: 5, down: false, waitFor: "jobs" },
      });
      const [running = 0] = await rig.submit({ run: "echo $$; sleep 1000" });
      const [waiting = 0] = await rig.submit({ run: "true", cpus: 2 });
      await rig.waitFor(running, (job) => job.state === "RUNNING");
      const pid = Number((await rig.readLog({ jid: running, waitMs: 2_000 })).text);

      await rig.head.kill();
      rig.head.start({ STIX_BOOT_ID: "second" });

      const reason = "the cluster was stopped or restarted before the job ended";
      expect(await rig.waitFor(running)).toMatchObject({ state: "FAILED_DRIVER", reason });
      expect(await rig.waitFor(waiting)).toMatchObject({ state: "FAILED_DRIVER", reason });
      expect(readProcess(pid)).toBeNull();
      const [next = 0] = await rig.submit({ run: "true" });
      expect(next).toBe(waiting + 1);
      expect((await rig.waitFor(next)).state).toBe("SUCCEEDED");
    },
    LONG,
  );

  test(
    "an older controller is refused, also after a restart",
    async () => {
      await using rig = await createRig();
      rig.controller.epoch = 7;
      await rig.submit();
      rig.controller.epoch = 6;

      await expect(rig.submit()).rejects.toThrow("fenced");
      await rig.head.kill();
      rig.controller.epoch = 7;
      rig.head.start();
      await rig.submit();
      rig.controller.epoch = 6;
      await expect(rig.submit()).rejects.toThrow("fenced");
    },
    LONG,
  );

  test(
    "a second skylet in the same folder ends with one line",
    async () => {
      await using rig = await createRig();
      await rig.submit();

      const second = Bun.spawn([process.execPath, join(import.meta.dir, "../main.ts"), "run", "--dir", rig.head.dir], {
        stdio: ["ignore", "ignore", "pipe"],
        env: { PATH: process.env["PATH"] ?? "" },
      });

      expect(await second.exited).toBe(1);
      const said = await new Response(second.stderr).text();
      expect(said.trim().split("\n").length).toBe(1);
      expect(said).toContain("database is locked");
    },
    LONG,
  );

  test(
    "bytes on a full disk: the job is refused by name, and the agent goes on",
    async () => {
      await using rig = await createRig({ start: false });
      // A small file system of its own for the agent; the rest of the test needs the right to make one.
      const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", rig.head.dir]).exitCode === 0;
      expect(mounted, "a small disk could be mounted; it takes root, as .ci/run has").toBe(true);
      try {
        const config = JSON.parse(readFileSync(join(rig.root, "n0.json"), "utf8")) as unknown;
        writeFileSync(join(rig.head.dir, "node.json"), JSON.stringify(config));
        rig.head.start();
        const [first = 0] = await rig.submit({ run: "true" });
        await rig.waitFor(first);
        Bun.spawnSync(["sh", "-c", `dd if=/dev/zero of=${rig.head.dir}/filler bs=1k 2>/dev/null`]);

        const error = await rig
          .submit({ run: "echo x", envs: { BIG: "x".repeat(200_000) } })
          .catch((thrown: unknown) => thrown);

        expect(error).toMatchObject({ message: expect.stringContaining("disk-full") });
        Bun.spawnSync(["rm", `${rig.head.dir}/filler`]);
        const [next = 0] = await rig.submit({ run: "true" });
        expect((await rig.waitFor(next)).state).toBe("SUCCEEDED");
        expect(rig.head.alive()).toBe(true);
      } finally {
        await rig.head.kill();
        Bun.spawnSync(["umount", rig.head.dir]);
      }
    },
    LONG,
  );

  test("a folder that is not writable, or has no configuration, ends it with one line", async () => {
    await using rig = await createRig({ start: false });
    const empty = join(rig.root, "empty");
    mkdirSync(empty);
    const said = async (dir: string) => {
      const child = Bun.spawn([process.execPath, join(import.meta.dir, "../main.ts"), "run", "--dir", dir], {
        stdio: ["ignore", "ignore", "pipe"],
        env: { PATH: process.env["PATH"] ?? "" },
      });
      return { status: await child.exited, text: await new Response(child.stderr).text() };
    };

    const missing = await said(empty);
    chmodSync(rig.head.dir, 0o500);
    const isRoot = process.getuid?.() === 0;
    const denied = isRoot ? await said("/proc/1") : await said(rig.head.dir);
    chmodSync(rig.head.dir, 0o700);

    expect(missing).toMatchObject({ status: 1 });
    expect(missing.text).toContain("is not a node's configuration");
    expect(denied.status).toBe(1);
    expect(denied.text.trim().split("\n").at(-1)).toContain("skylet cannot run in");
  });

  test("what a spec says is kept to itself", async () => {
    await using rig = await createRig();
    await rig.call("job.submit", {
      idem: "k",
      specHash: "h",
      spec: aSpec({ secrets: { TOKEN: "hush-hush" }, run: "true" }),
      copies: 1,
    });
    await rig.waitFor(1);

    expect(rig.head.log()).not.toContain("hush-hush");
    const { mode } = await import("node:fs").then((fs) => fs.statSync(join(rig.head.dir, "skylet.db")));
    expect(mode & 0o077).toBe(0);
  });
});
