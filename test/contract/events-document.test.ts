// docs/events.md keeps its word: its program runs as printed, and its tables name what is sent.
import { describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { clusterStatusRow } from "#controller/ports/cluster-status.ts";
import { jobStates } from "#shared/lifecycle/job.ts";
import { clusterEventSchema, heartbeatSchema } from "#shared/wire/events.ts";
import type { MonitorAccess } from "#controller/ports/monitors.ts";
import { hubBench } from "./hub-harness.ts";

const root = resolve(import.meta.dir, "../..");
const document = await readFile(`${root}/docs/events.md`, "utf8");

describe("docs/events.md", () => {
  test("its program prints every event, also of the time before it began and after the hub was killed", async () => {
    await using bench = await hubBench();
    await using head = await bench.head("alpha-1");
    await head.send(1, [
      { type: "agent-started", run: 1, version: "0" },
      { type: "job-submitted", jid: 1, name: null, user: "ann", numNodes: 1 },
    ]);
    await bench.hub.published();
    await using program = await startProgram(await bench.hub.monitors.create({ name: null, lifetimeMs: null }));

    const before = await program.lines(2);
    process.kill((await bench.hub.status()).pid ?? 0, "SIGKILL");
    await bench.hub.agents.call("alpha-1", "state", {}, { timeoutMs: 10_000 });
    await bench.records.appendOwn(
      "alpha-1",
      "name-of-alpha-1",
      clusterStatusRow("alpha-1", { state: "UP", reason: null }, Date.now()),
    );
    const after = await program.lines(3);

    expect(before.map(withoutTime)).toEqual(["name-of-alpha-1 agent-started", "name-of-alpha-1 job-submitted 1"]);
    expect(after.map(withoutTime)[2]).toBe("name-of-alpha-1 cluster-status  UP");
  }, 30_000);

  test("its tables name every type, field and state", () => {
    for (const option of clusterEventSchema.options) {
      const { type, ...fields } = option.shape;
      const row = document.split("\n").find((line) => line.startsWith(`| \`${type.value}\``)) ?? "";
      for (const field of Object.keys(fields)) expect(row).toContain(`\`${field}\``);
    }
    const ofJobs = document.split("\n").find((line) => line.startsWith("| `job-state`")) ?? "";
    for (const state of jobStates.filter((one) => one !== "INIT")) expect(ofJobs).toContain(`\`${state}\``);
    for (const field of Object.keys(heartbeatSchema.shape)) expect(document).toContain(`\`${field}\``);
  });
});

interface RunningProgram extends AsyncDisposable {
  /** All lines so far, once there are so many. */
  lines(count: number): Promise<string[]>;
}

async function startProgram(access: MonitorAccess): Promise<RunningProgram> {
  const folder = await mkdtemp(`${tmpdir()}/stix-events-`);
  const source = /```js\n([\s\S]*?)```/.exec(document)?.[1] ?? "";
  await writeFile(`${folder}/follow.mjs`, source);
  await writeFile(`${folder}/stix.creds`, access.credentials, { mode: 0o600 });
  await symlink(`${root}/node_modules`, `${folder}/node_modules`);
  const child = Bun.spawn([process.execPath, "follow.mjs"], {
    cwd: folder,
    env: { URL: access.endpoints[0] ?? "", CONSUMER: access.consumer, PATH: process.env["PATH"] ?? "" },
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    async lines(count) {
      while (text.split("\n").length <= count) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the program ended: ${text}`);
        text += value;
      }
      return text.trimEnd().split("\n");
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function withoutTime(line: string): string {
  return line.replace(/^\S+ /, "").trimEnd();
}
