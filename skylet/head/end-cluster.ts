// Ends a cluster from its head: tells the controller, ends the workers, then this node.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { agentFiles } from "#shared/wire/node-config.ts";
import type { AgentParts } from "../agent-parts.ts";
import { endNode } from "../autostop/end-node.ts";
import type { HubLink } from "../hub/hub-link.ts";
import type { Outbox } from "../hub/outbox.ts";
import type { NodeJobs } from "../node/node-jobs.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import type { Workers } from "./workers.ts";

/** How long the head tries to tell the controller that it stops itself. */
const GOODBYE_MS = 30_000;

export interface EndingHead {
  readonly jobs: Pick<NodeJobs, "killEverything">;
  readonly queue: Pick<RunQueue, "stop">;
  readonly workers: Pick<Workers, "endAll" | "stop"> | null;
  readonly outbox: Pick<Outbox, "untilAcked">;
  readonly link: Pick<HubLink, "close">;
}

/** Whatever the controller answers, the cluster ends: it may be gone for good. */
export async function endCluster(parts: AgentParts, head: EndingHead, action: "stop" | "down"): Promise<void> {
  const { config, store, clock, steady, log, exit } = parts;
  const told = await head.outbox.untilAcked(GOODBYE_MS);
  log("info", "stopping-cluster", { action, told });
  await head.workers?.endAll(action);
  head.workers?.stop();
  await head.jobs.killEverything();
  head.queue.stop();
  await head.link.close();
  store.close();
  rmSync(join(config.dir, agentFiles.pid), { force: true });
  await endNode({ config, action, now: clock.now(), steady, log, exit });
}
