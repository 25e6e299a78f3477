// Runs the cluster's nats-server on the head: a process of its own session that outlives the agent and is found again by it.
import { mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { errorText } from "#shared/errors/stix-error.ts";
import type { NodeConfig } from "#shared/wire/node-config.ts";
import type { AgentLog } from "../agent-log.ts";
import { MARK } from "../node/environment.ts";
import { parseStat, readProcess } from "../node/process-table.ts";
import { busServerConfig } from "./server-config.ts";

const LOOK_MS = 250;
const RESTART_PAUSE_MAX_MS = 5_000;
/** A server that lived this long did not die of its configuration. */
const STABLE_MS = 10_000;

/** Starts the server unless an earlier agent's still runs with the same configuration; starts it again when it dies. */
export function superviseBusServer(dir: string, node: NodeConfig, log: AgentLog): { stop: () => void } {
  const folder = join(dir, "bus");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configPath = join(folder, "bus.conf");
  const pidPath = join(folder, "bus.pid");
  const text = busServerConfig(node, (file) => resolve(dir, file));
  let startedAt = 0;
  let pauseMs = 0;
  let notBefore = 0;

  function isRunning(): boolean {
    const noted = parseStat(tryRead(pidPath));
    if (noted === null) return false;
    return readProcess(noted.pid)?.startTime === noted.startTime;
  }

  function start(): void {
    const { bus } = node;
    if (bus === null) return;
    startedAt = performance.now();
    try {
      writeFileSync(configPath, text, { mode: 0o600 });
      const output = openSync(join(folder, "bus.log"), "w", 0o600);
      const child = Bun.spawn([bus.serverPath, "-c", configPath], {
        stdin: "ignore",
        stdout: output,
        stderr: output,
        detached: true,
        cwd: folder,
        env: { PATH: process.env["PATH"] ?? "", [MARK]: `${node.cid}/${node.nid}/bus` },
      });
      closeSync(output);
      child.unref();
      writeFileSync(pidPath, tryRead(`/proc/${child.pid}/stat`), { mode: 0o600 });
      log("info", "bus-started", { pid: child.pid, host: bus.host, port: bus.port });
    } catch (error) {
      log("error", "bus-not-started", { error: errorText(error), server: bus.serverPath });
    }
  }

  function look(): void {
    if (isRunning()) return;
    const now = performance.now();
    if (now < notBefore) return;
    pauseMs = now - startedAt > STABLE_MS ? 0 : Math.min(RESTART_PAUSE_MAX_MS, Math.max(LOOK_MS, pauseMs * 2));
    notBefore = now + pauseMs;
    start();
  }

  if (tryRead(configPath) !== text) stopOld(pidPath);
  look();
  const timer = setInterval(look, LOOK_MS);
  return { stop: () => clearInterval(timer) };
}

/** A server with another configuration is of no use. */
function stopOld(pidPath: string): void {
  const noted = parseStat(tryRead(pidPath));
  if (noted === null || readProcess(noted.pid)?.startTime !== noted.startTime) return;
  process.kill(noted.pid, "SIGKILL");
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
