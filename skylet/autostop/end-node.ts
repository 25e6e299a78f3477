// Ends this node: a local one leaves its marker (or removes its folder) and exits for good, another runs the command it was given.
import { rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock } from "#shared/clock.ts";
import { agentFiles, EXIT_NODE_STOPPED } from "#shared/wire/node-config.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { AgentLog } from "../agent-log.ts";
import type { AgentConfig } from "../config.ts";

const COMMAND_AGAIN_MS = 10_000;

export interface NodeEnd {
  readonly config: AgentConfig;
  readonly action: "stop" | "down";
  /** Milliseconds since the epoch, for the marker. */
  readonly now: number;
  readonly steady: Clock;
  readonly log: AgentLog;
  readonly exit: (status: number) => void;
}

/** All of the node's job processes are dead when this is called. */
export async function endNode({ config, action, now, steady, log, exit }: NodeEnd): Promise<void> {
  const { selfStop } = config.node;
  if (selfStop.kind === "local") {
    endLocalNode(config.dir, action, now, log);
    return exit(EXIT_NODE_STOPPED);
  }
  const command = action === "down" ? selfStop.down : selfStop.stop;
  if (command === null || command.length === 0) return log("error", "cannot-stop-node", { action });
  for (;;) {
    const child = Bun.spawn([...command], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    const status = await child.exited;
    log(status === 0 ? "info" : "error", "stop-command-ended", { action, status });
    // The cloud may be out of reach for a while; the machine costs money until it works.
    await steady.sleep(COMMAND_AGAIN_MS);
  }
}

function endLocalNode(dir: string, action: "stop" | "down", now: number, log: AgentLog): void {
  try {
    writeFileSync(join(dir, agentFiles.autostopMarker), JSON.stringify({ action, at: now }), { mode: 0o600 });
  } catch (error) {
    log("error", "marker-not-written", { error: errorText(error) });
  }
  if (action === "down" && basename(dir) === "agent") removeNodeFolder(dirname(dir));
}

/** The folder of the cluster goes with its last node. */
function removeNodeFolder(node: string): void {
  rmSync(node, { recursive: true, force: true, maxRetries: 3 });
  try {
    rmdirSync(dirname(node));
  } catch {
    // Another node is in it still.
  }
}
