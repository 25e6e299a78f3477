// The local API server from outside: whether it answers, starting it, stopping it.
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Clock } from "#shared/clock.ts";
import type { StatePaths } from "#shared/paths.ts";
import { serverCommand } from "#shared/process-names.ts";
import { isErrorCode } from "./answer-errors.ts";
import { portTaken } from "./connection.ts";
import { localEndpoint, readServerInfo } from "./endpoint.ts";

export interface LocalServer {
  readonly paths: StatePaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** The words that run this same program: its path, or the runtime and the script. */
  readonly self: readonly string[];
}

export interface Health {
  readonly status: string;
  readonly apiVersion: string;
  readonly version: string;
  readonly commit: string;
  readonly user: unknown;
  /** Our own version, when it is a STIX server. */
  readonly stixVersion: string | undefined;
  /** Its process, when it is a STIX server. */
  readonly pid: number | undefined;
}

// A first start unpacks and starts nats-server: 1 to 3 s on a slow disk. Past this it will not come.
const START_DEADLINE_MS = 45_000;
const HEALTH_TIMEOUT_MS = 2_500;
const STOP_DEADLINE_MS = 15_000;
const POLL_FIRST_MS = 10;
const POLL_MOST_MS = 100;
/** A server needs a third of a second until it answers; ten commands that wait must not start ten of them again at every look. */
const SPAWN_AGAIN_AFTER_MS = 1_000;
const LOG_TAIL_LINES = 5;

/** Undefined when nothing that we know answers there. */
export async function askHealth(url: string): Promise<Health | undefined> {
  const found = await probe(url);
  return found === "nobody" || found === "somebody else" ? undefined : found;
}

async function probe(url: string): Promise<Health | "nobody" | "somebody else"> {
  let response: Response;
  try {
    response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
  } catch {
    // Refused, silent or no HTTP: nobody that could be used; what holds the port is for the server to say when it starts.
    return "nobody";
  }
  const answer: unknown = await response.json().catch(() => undefined);
  return typeof answer === "object" && answer !== null && "api_version" in answer ? readHealth(answer) : "somebody else";
}

function readHealth(answer: object): Health {
  const fields: Partial<Record<string, unknown>> = { ...answer };
  const { stix_version: stixVersion, pid } = fields;
  return {
    status: String(fields["status"]),
    apiVersion: String(fields["api_version"]),
    version: String(fields["version"]),
    commit: String(fields["commit"]),
    user: fields["user"],
    stixVersion: typeof stixVersion === "string" ? stixVersion : undefined,
    pid: typeof pid === "number" ? pid : undefined,
  };
}

/**
 * Comes back when the local server answers. Any number of callers may do this at once: each starts one, the server's
 * own lock lets one live, and all wait for whichever answers.
 * Throws StixError `port-in-use`, or `server-unreachable` with the end of the server's log.
 */
export async function startLocalServer(local: LocalServer, extra: readonly string[] = []): Promise<Health> {
  const before = localEndpoint(local.env, local.paths).url;
  const running = await probe(before);
  if (running === "somebody else") throw portTaken({ url: before });
  if (running !== "nobody") return ours(running, before);
  const said = sizeOfLog(local.paths);
  let child = spawnServer(local, extra);
  let spawnedAt = local.clock.monotonic();
  const deadline = local.clock.monotonic() + START_DEADLINE_MS;
  let wait = POLL_FIRST_MS;
  for (;;) {
    await local.clock.sleep(wait);
    const health = await askHealth(localEndpoint(local.env, local.paths).url);
    if (health !== undefined) {
      // Ours waits behind the lock of the one that answers, and has nothing more to do.
      if (health.pid !== undefined && health.pid !== child.pid) child.kill("SIGKILL");
      return health;
    }
    // One that finds another server at work ends with 0: then that one answers.
    const failed = child.exitCode !== null && child.exitCode !== 0;
    if (failed || local.clock.monotonic() > deadline) throw diedEarly(local, { exitCode: child.exitCode, signalCode: child.signalCode }, said);
    // Somebody killed it while it started: that says nothing about the next one. Another's server may have died after ours gave way.
    const ended = child.signalCode !== null || child.exitCode === 0;
    if (ended && local.clock.monotonic() - spawnedAt > SPAWN_AGAIN_AFTER_MS) {
      child = spawnServer(local, extra);
      spawnedAt = local.clock.monotonic();
    }
    wait = Math.min(POLL_MOST_MS, wait * 2);
  }
}

function spawnServer(local: LocalServer, extra: readonly string[]): Bun.Subprocess {
  const log = openLog(local.paths);
  const child = Bun.spawn([...local.self, serverCommand, ...extra], {
    cwd: local.paths.root,
    env: environmentOf(local.env),
    stdin: "ignore",
    stdout: log,
    stderr: log,
    detached: true,
  });
  child.unref();
  closeSync(log);
  return child;
}

function sizeOfLog(paths: StatePaths): number {
  const log = openLog(paths);
  const { size } = fstatSync(log);
  closeSync(log);
  return size;
}

/** The folder may be somebody else's, or the disk full: then nothing of ours can run here. */
function openLog(paths: StatePaths): number {
  try {
    mkdirSync(paths.root, { recursive: true, mode: 0o700 });
    return openSync(paths.serverLog, "a", 0o600);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const full = why.includes("ENOSPC");
    throw new StixError({
      code: full ? "disk-full" : "no-permission",
      message: full ? `there is no room left in the state folder ${paths.root}` : `the state folder ${paths.root} cannot be written`,
      hint: full ? `df -h ${paths.root}` : `ls -ld ${paths.root}, or STIX_HOME=/another/folder {program} status`,
      details: { why },
      cause,
    });
  }
}

/** Throws for a healthy server that is not STIX's. */
function ours(health: Health, url: string): Health {
  if (health.stixVersion === undefined) throw portTaken({ url }, "SkyPilot's API server");
  return health;
}

/** False when none ran. Waits until its process is gone. */
export async function stopLocalServer(local: LocalServer): Promise<boolean> {
  const info = readServerInfo(local.paths);
  if (info === undefined || !isAlive(info.pid)) return false;
  process.kill(info.pid, "SIGTERM");
  const deadline = local.clock.monotonic() + STOP_DEADLINE_MS;
  while (isAlive(info.pid)) {
    if (local.clock.monotonic() > deadline) {
      throw new StixError({ code: "server-unreachable", message: `the API server (process ${info.pid}) does not stop`, hint: `kill -9 ${info.pid}` });
    }
    await local.clock.sleep(POLL_FIRST_MS * 2);
  }
  return true;
}

/** True while the server that wrote this number runs. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !waitsToBeCollected(pid) && !isSomethingElse(pid);
}

/** After a reboot, or a kill, the number may be another program's: that one must never get our signal. */
function isSomethingElse(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(serverCommand);
  } catch {
    // No such table on this system.
    return false;
  }
}

/** The signal still reaches a process that has ended while nobody asked for its status; the first process of a container may take long. */
function waitsToBeCollected(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    // No such table on this system, or it is gone by now.
    return false;
  }
}

/** The server's last words are one line `error: what (code)` and one `try: hint`, for people who start it by hand; they are ours now. */
function diedEarly(local: LocalServer, child: { readonly exitCode: number | null; readonly signalCode: string | number | null }, from: number): StixError {
  const told = readFileSync(local.paths.serverLog).subarray(from).toString();
  const words = /^error: (.*) \(([a-z-]+)\)\n\s*try: (.*)$/m.exec(told);
  const [, message, code, hint] = words ?? [];
  if (message !== undefined && hint !== undefined && isErrorCode(code)) {
    return new StixError({ code, message: `the API server cannot start: ${message}`, hint });
  }
  const last = told.trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
  return new StixError({
    code: "server-unreachable",
    message: child.exitCode === null && child.signalCode === null ? "the API server did not answer in time" : `the API server ended with ${child.signalCode ?? `status ${child.exitCode}`} while starting`,
    hint: `tail -n 50 ${local.paths.serverLog}`,
    details: last === "" ? {} : { why: last },
  });
}

/** The server must not inherit what concerns only this one command. */
function environmentOf(env: LocalServer["env"]): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && name !== "BUN_OPTIONS" && name !== "BUN_BE_BUN") kept[name] = value;
  }
  // Each followed log and long poll holds one; the runtime's own limit of 256 makes the next wait for ever.
  kept["BUN_CONFIG_MAX_HTTP_REQUESTS"] ??= "65536";
  return kept;
}
