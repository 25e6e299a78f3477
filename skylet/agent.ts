// Starts the agent in its folder: configuration, database, log, then the part its node plays. Errors end it with one line.
import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { realClock, realRandom, type Clock, type Random } from "#shared/clock.ts";
import { nodeName } from "#shared/node-name.ts";
import { errorText, isStixError } from "#shared/errors/stix-error.ts";
import { agentFiles } from "#shared/wire/node-config.ts";
import { openAgentLog, type AgentLog } from "./agent-log.ts";
import { readClockOffset, readConfig } from "./config.ts";
import type { AgentParts } from "./agent-parts.ts";
import { runHead } from "./head/run-head.ts";
import { openNodeCgroup } from "./node/cgroup.ts";
import { createNodeJobs } from "./node/node-jobs.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";
import { openStore, type Store } from "./store/store.ts";
import { runWorker } from "./worker/run-worker.ts";

const EXIT_FAILED = 1;
const FULL_DISK_PAUSE_MS = 2_000;

/** Never returns while the node lives. */
export async function runAgent(folder: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const dir = resolve(folder);
  const clockFile = env["STIX_CLOCK_FILE"] ?? null;
  const clock = realClock(() => readClockOffset(clockFile));
  const steady = realClock();
  const random = realRandom();
  const log = openAgentLog(join(dir, agentFiles.log), () => clock.now());
  let store: Store | null = null;
  try {
    accessSync(dir, constants.W_OK);
    const config = readConfig(dir, env);
    store = openStore(join(dir, agentFiles.database));
    const { run, rebooted } = await beginRunWhenThereIsSpace({ store, bootId: config.bootId, steady, random }, log);
    writeFileSync(join(dir, agentFiles.pid), `${process.pid}\n`, { mode: 0o600 });
    mkdirSync(config.node.home, { recursive: true });
    const { node } = config;
    const createJobs = (onExit: (key: LaunchKey, exitCode: number) => void) =>
      createNodeJobs({
        jobsFolder: join(dir, agentFiles.jobs),
        shellFolder: join(dir, "shell"),
        node: {
          cid: node.cid,
          nid: node.nid,
          home: node.home,
          deviceCount: Math.ceil(node.resources.accelerator?.count ?? 0),
          agentEnv: env,
        },
        nodeName: nodeName(node.nid),
        singleNode: node.nodes.length === 1,
        cgroup: openNodeCgroup(`${node.cid}-${node.nid}`),
        supervisor: env["STIX_SUPERVISOR"] === String(process.ppid) ? process.ppid : null,
        clock: steady,
        log,
        onExit,
      });
    const parts: AgentParts = {
      config,
      store,
      clock,
      steady,
      random,
      log,
      run,
      rebooted,
      createJobs,
      exit: (status: number) => process.exit(status),
    };
    process.on("SIGTERM", () => {
      // Jobs go on: whoever stops the node kills them.
      log("info", "agent-terminated");
      process.exit(0);
    });
    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
      // Ours to mend. The next agent goes on from what is written, which is all that counts.
      process.on(event, (error: unknown) => {
        log("error", "agent-broke", { error: errorText(error), stack: error instanceof Error ? error.stack : null });
        process.exit(EXIT_FAILED);
      });
    }
    await (config.isHead ? runHead(parts) : runWorker(parts));
  } catch (error) {
    const facts = { error: errorText(error), ...(isStixError(error) ? { hint: error.hint } : {}) };
    log("error", "agent-cannot-start", facts);
    process.stderr.write(`error: skylet cannot run in '${dir}': ${errorText(error)}\n`);
    store?.close();
    process.exit(EXIT_FAILED);
  }
}

/** A full disk is waited for: to end and be started again would change nothing but the log. */
async function beginRunWhenThereIsSpace(first: FirstRun, log: AgentLog): Promise<{ run: number; rebooted: boolean }> {
  for (let tries = 0; ; tries++) {
    try {
      return beginRun(first);
    } catch (error) {
      if (!/full|no space/i.test(errorText(error))) throw error;
      if (tries === 0) log("error", "disk-full", { error: errorText(error), hint: "free space on this node" });
      await first.steady.sleep(FULL_DISK_PAUSE_MS);
    }
  }
}

interface FirstRun {
  readonly store: Store;
  readonly bootId: string;
  readonly steady: Clock;
  readonly random: Pick<Random, "uuid">;
}

/** Counts the start, and notices that the node was stopped since the last one. The new boot is kept once it was dealt with. */
function beginRun({ store, bootId, steady, random }: FirstRun): { run: number; rebooted: boolean } {
  const run = Number(store.meta("run") || 0) + 1;
  const lastBoot = store.meta("boot_id");
  const rebooted = lastBoot !== null && lastBoot !== bootId;
  store.apply({ meta: { run: String(run), db_id: store.meta("db_id") ?? random.uuid() }, now: steady.now() });
  return { run, rebooted };
}
