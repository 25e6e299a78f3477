// Puts a worker together from what its node has: database, folders, the bus of its cluster.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { protocol, version } from "#shared/version.ts";
import { headIdentitySchema } from "#shared/wire/bus.ts";
import { agentFiles } from "#shared/wire/node-config.ts";
import { inboxPrefix } from "#shared/wire/subjects.ts";
import { endNode } from "../autostop/end-node.ts";
import { connectBus } from "../bus/connect-bus.ts";
import type { AgentParts } from "../agent-parts.ts";
import { createNodeLogs } from "../logs/node-logs.ts";
import { jobLogFiles } from "../logs/log-file.ts";
import { createUsage } from "../node/usage.ts";
import { createWorker, type Worker } from "./create-worker.ts";

/** Resolves when the worker has joined its bus; it runs until the process ends. */
export async function runWorker(parts: AgentParts): Promise<void> {
  const { config, store, log, clock, steady, run } = parts;
  const { nid } = config.node;
  const jobs = parts.createJobs((key, exitCode) => worker.exited(key, exitCode));
  const worker: Worker = createWorker({
    registration: {
      v: 1,
      proto: [protocol.min, protocol.max],
      version,
      nid,
      bootId: config.bootId,
      run,
      instanceId: config.node.nodes.find((node) => node.nid === nid)?.instanceId ?? "",
    },
    steady,
    log,
    jobs,
    logs: createNodeLogs(jobLogFiles(join(config.dir, agentFiles.jobs)), steady),
    usage: createUsage({ clock: steady, gpuTool: () => Bun.which("nvidia-smi") }),
    knownHead: headIdentitySchema.parse(JSON.parse(store.meta("head_run") ?? '{"inc":0,"run":0}')),
    keepHead: (head) => store.apply({ meta: { head_run: JSON.stringify(head) }, now: clock.now() }),
    openLine: (events) =>
      connectBus(
        config,
        { inboxPrefix: inboxPrefix.worker(nid), time: steady, random: parts.random, ...events },
        new AbortController().signal,
      ),
    onEnd: async (action) => {
      store.close();
      rmSync(join(config.dir, agentFiles.pid), { force: true });
      await endNode({ config, action, now: clock.now(), steady, log, exit: parts.exit });
    },
  });
  if (parts.rebooted) await jobs.killEverything();
  store.apply({ meta: { boot_id: config.bootId }, now: clock.now() });
  log("info", "worker-started", { run, version, pid: process.pid });
  await worker.join();
}
