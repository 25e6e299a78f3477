// Runs the cluster's nats-server on the head: a process of its own session that outlives the agent and is found again by it.
import { mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Time } from "#shared/clock.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { NodeConfig } from "#shared/wire/node-config.ts";
import type { AgentLog } from "../agent-log.ts";
import { MARK } from "../node/environment.ts";
import { parseStat, readProcess, statLine } from "#shared/os/proc.ts";
import { busServerConfig } from "./server-config.ts";
import { lookAtServer, unseenServer } from "./server-state.ts";

const LOOK_MS = 250;

/** Starts the server unless an earlier agent's still runs with the same configuration; starts it again when it dies. */
export function superviseBusServer(dir: string, node: NodeConfig, steady: Time, log: AgentLog): { stop: () => void } {
  const folder = join(dir, "bus");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configPath = join(folder, "bus.conf");
  const pidPath = join(folder, "bus.pid");
  const text = busServerConfig(node, (file) => resolve(dir, file));
  let state = unseenServer;
  const look = () => {
    const seen = lookAtServer(state, isRunning(pidPath), steady.monotonic());
    state = seen.state;
    if (seen.mustStart) start({ folder, configPath, pidPath, text }, node, log);
  };
  if (tryRead(configPath) !== text) stopOld(pidPath);
  look();
  return { stop: steady.every(LOOK_MS, look) };
}

interface ServerFiles {
  readonly folder: string;
  readonly configPath: string;
  readonly pidPath: string;
  readonly text: string;
}

function start(files: ServerFiles, node: NodeConfig, log: AgentLog): void {
  const { bus } = node;
  if (bus === null) return;
  try {
    writeFileSync(files.configPath, files.text, { mode: 0o600 });
    const output = openSync(join(files.folder, "bus.log"), "w", 0o600);
    const child = Bun.spawn([bus.serverPath, "-c", files.configPath], {
      stdin: "ignore",
      stdout: output,
      stderr: output,
      detached: true,
      cwd: files.folder,
      env: { PATH: process.env["PATH"] ?? "", [MARK]: `${node.cid}/${node.nid}/bus` },
    });
    closeSync(output);
    child.unref();
    writeFileSync(files.pidPath, statLine(child.pid), { mode: 0o600 });
    log("info", "bus-started", { pid: child.pid, host: bus.host, port: bus.port });
  } catch (error) {
    log("error", "bus-not-started", { error: errorText(error), server: bus.serverPath });
  }
}

function isRunning(pidPath: string): boolean {
  const noted = parseStat(tryRead(pidPath));
  return noted !== null && readProcess(noted.pid)?.startTime === noted.startTime;
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
