// The local API server from outside: whether it answers, starting it, waking it.
import { isDiskFull } from "#shared/os/disk-errors.ts";
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { otherFolder } from "#shared/api/state-folder.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Clock } from "#shared/clock.ts";
import type { StatePaths } from "#shared/paths.ts";
import { serverCommand } from "#shared/process-names.ts";
import { isErrorCode } from "#controller/sdk/answer-errors.ts";
import { portTaken } from "./port-taken.ts";
import { otherUserOn } from "./port-owner.ts";
import { localEndpoint, readServerInfo } from "./endpoint.ts";
import { askHealth, probe, type Health } from "#controller/sdk/health.ts";
import { isServerAlive, isSuspended, ownFolder, serverPid } from "./server-process.ts";

export interface LocalServer {
  readonly paths: StatePaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** The words that run this same program: its path, or the runtime and the script. */
  readonly self: readonly string[];
  /** Told when something takes long. */
  readonly tell: (line: string) => void;
}

// A first start unpacks and starts nats-server: 1 to 3 s on a slow disk. Past this it will not come.
const START_DEADLINE_MS = 45_000;
const TELL_AFTER_MS = 2_500;
const POLL_FIRST_MS = 10;
const POLL_MOST_MS = 100;
/** A server needs a third of a second until it answers; ten commands that wait must not start ten of them again at every look. */
const SPAWN_AGAIN_AFTER_MS = 1_000;
const NO_ANSWER_YET = "The API server has not answered yet; waiting for it.";
const LOG_TAIL_LINES = 5;

/**
 * Comes back when the local server answers. Any number of callers may do this at once: each starts one, the server's
 * own lock lets one live, and all wait for whichever answers.
 * Throws StixError `port-in-use`, or `server-unreachable` with the end of the server's log.
 */
export async function startLocalServer(local: LocalServer, extra: readonly string[] = []): Promise<Health> {
  const before = localEndpoint(local.env, local.paths).url;
  checkOwnPort(local, before);
  const running = await probe(before);
  if (running === "somebody else" || (running === "silent" && serverPid(local.paths) === undefined))
    throw portTaken(before);
  if (typeof running === "object") return ours(running, before, local.paths);
  const said = sizeOfLog(local.paths);
  let child = spawnServer(local, extra);
  let spawnedAt = local.clock.monotonic();
  const startedAt = spawnedAt;
  let told = running === "silent";
  if (told) local.tell(NO_ANSWER_YET);
  let wait = POLL_FIRST_MS;
  for (;;) {
    await local.clock.sleep(wait);
    const health = await askHealth(localEndpoint(local.env, local.paths).url);
    if (health !== undefined) {
      // Ours waits behind the lock of the one that answers, and has nothing more to do.
      if (health.pid !== undefined && health.pid !== child.pid) child.kill("SIGKILL");
      return ours(health, before, local.paths);
    }
    // One that finds another server at work ends with 0: then that one answers.
    const failed = child.exitCode !== null && child.exitCode !== 0;
    const waited = local.clock.monotonic() - startedAt;
    if (failed) throw diedEarly(local, { exitCode: child.exitCode, signalCode: child.signalCode }, said);
    if (waited > START_DEADLINE_MS) throw neverAnswered(local, said);
    if (waited > TELL_AFTER_MS && !told) local.tell(NO_ANSWER_YET);
    told ||= waited > TELL_AFTER_MS;
    // Somebody killed it while it started: that says nothing about the next one. Another's server may have died after ours gave way.
    const ended = child.signalCode !== null || child.exitCode === 0;
    if (ended && local.clock.monotonic() - spawnedAt > SPAWN_AGAIN_AFTER_MS) {
      child = spawnServer(local, extra);
      spawnedAt = local.clock.monotonic();
    }
    wait = Math.min(POLL_MOST_MS, wait * 2);
  }
}

/** A folder has one server: where it listens is decided when it starts. Throws `usage` when another port is asked for meanwhile. */
function checkOwnPort({ paths }: LocalServer, asked: string): void {
  const info = readServerInfo(paths);
  if (info === undefined || info.port === Number(new URL(asked).port) || !isServerAlive(info.pid)) return;
  throw new StixError({
    code: "usage",
    message: `the API server of ${paths.root} listens on port ${info.port} (process ${info.pid}), and port ${new URL(asked).port} is asked for`,
    hint: `STIX_API_PORT=${info.port} {program} status, or {program} api stop first`,
  });
}

/** Makes a suspended server go on, and waits until it answers. False when it was not suspended. */
export async function wakeLocalServer(local: LocalServer): Promise<boolean> {
  const pid = serverPid(local.paths);
  if (pid === undefined || !isSuspended(pid)) return false;
  process.kill(pid, "SIGCONT");
  await startLocalServer(local);
  return true;
}

function spawnServer(local: LocalServer, extra: readonly string[]): Bun.Subprocess {
  const log = openLog(local.paths);
  const child = Bun.spawn([...local.self, serverCommand, ...extra], {
    cwd: local.paths.root,
    env: environmentOf(local),
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
    const full = isDiskFull(cause);
    throw new StixError({
      code: full ? "disk-full" : "no-permission",
      message: full
        ? `there is no room left in the state folder ${paths.root}`
        : `the state folder ${paths.root} cannot be written`,
      hint: full ? `df -h ${paths.root}` : `ls -ld ${paths.root}, or STIX_HOME=/another/folder {program} status`,
      details: { why },
      cause,
    });
  }
}

/** Throws for a healthy server that is not STIX's, or not this folder's. */
function ours(health: Health, url: string, paths: StatePaths): Health {
  // What it says of itself proves nothing: any user of this machine may listen there and say the same.
  if (otherUserOn(Number(new URL(url).port)) !== undefined) throw portTaken(url);
  if (health.stixVersion === undefined) throw portTaken(url, "SkyPilot's API server");
  const own = ownFolder(paths);
  if (health.stateFolder !== undefined && health.stateFolder !== own)
    throw otherFolder(Number(new URL(url).port), health.stateFolder, own);
  return health;
}

/** The server's last words are one line `error: what (code)` and one `try: hint`, for people who start it by hand; they are ours now. */
function diedEarly(
  local: LocalServer,
  child: { readonly exitCode: number | null; readonly signalCode: string | number | null },
  from: number,
): StixError {
  const told = readFileSync(local.paths.serverLog).subarray(from).toString();
  const words = /^error: (.*) \(([a-z-]+)\)\n\s*try: (.*)$/m.exec(told);
  const [, message, code, hint] = words ?? [];
  if (message !== undefined && hint !== undefined && isErrorCode(code)) {
    return new StixError({ code, message: `the API server cannot start: ${message}`, hint });
  }
  const last = told.trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
  return new StixError({
    code: "server-unreachable",
    message:
      child.exitCode === null && child.signalCode === null
        ? "the API server did not answer in time"
        : `the API server ended with ${child.signalCode ?? `status ${child.exitCode}`} while starting`,
    hint: `tail -n 50 ${local.paths.serverLog}`,
    details: last === "" ? {} : { why: last },
  });
}

/** One lives, ours or an earlier one, and says nothing. */
function neverAnswered(local: LocalServer, from: number): StixError {
  const pid = serverPid(local.paths);
  if (pid === undefined) return diedEarly(local, { exitCode: null, signalCode: null }, from);
  return new StixError({
    code: "server-unreachable",
    message: `the API server (process ${pid}) runs and does not answer`,
    hint: "{program} api stop --force, then {program} api start",
  });
}

/** The server must not inherit what concerns only this one command. */
function environmentOf({ env, paths }: LocalServer): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && name !== "BUN_OPTIONS" && name !== "BUN_BE_BUN") kept[name] = value;
  }
  // It may have been relative to where the command was typed.
  if (kept["STIX_HOME"] !== undefined) kept["STIX_HOME"] = paths.root;
  // Each followed log and long poll holds one; the runtime's own limit of 256 makes the next wait for ever.
  kept["BUN_CONFIG_MAX_HTTP_REQUESTS"] ??= "65536";
  return kept;
}
