// The hub's nats-server as a process of its own: started, adopted, watched and ended; it outlives the server.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { createServer, connect as dial } from "node:net";
import { realRandom, realTime } from "#shared/clock.ts";
import { z } from "zod";
import { portBand, portsFrom } from "#shared/net/port-band.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { readJson } from "#shared/os/json-file.ts";
import { writeWhole } from "#shared/os/whole-file.ts";
import { hubConfigText, settingsOf, type HubConfig } from "./hub-config.ts";
import { commandLineOf } from "#shared/os/process-table.ts";
import { identify, isAlive } from "./process-identity.ts";

const runningSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string(), settings: z.string() });
type Running = z.infer<typeof runningSchema>;

const portSchema = z.object({ port: z.number().int(), host: z.string(), gen: z.number().int() });

export interface Daemon {
  /** True when it was started by this call, not found running. */
  readonly started: boolean;
  readonly pid: number;
}

/** How long nats-server may take until it listens; it takes 20 ms on a quiet machine. */
const START_TIMEOUT_MS = 15_000;
const PORT_TRIES = 64;

export interface PortWish {
  readonly fixed: number | null;
  readonly mustMove: boolean;
  /** Milliseconds. */
  readonly now: number;
}

/**
 * The hub's port: the fixed one, or one chosen free once and remembered, because clusters know it. `gen` grows with every change
 * of it, and never repeats: heads believe the highest they have seen, so it counts seconds, which no lost file takes back.
 */
export async function hubPort(
  folder: string,
  host: string,
  { fixed, mustMove, now }: PortWish,
): Promise<{ readonly port: number; readonly gen: number; readonly isNew: boolean }> {
  const path = `${folder}/port.json`;
  const known = await readJson(path, portSchema);
  const isKept = known !== null && known.host === host && !mustMove && (fixed === null || fixed === known.port);
  if (isKept) return { ...known, isNew: false };
  const port =
    fixed ?? (known === null && !mustMove ? await configuredPort(folder, host) : null) ?? (await choosePort(host));
  const fresh = { port, host, gen: Math.max((known?.gen ?? 0) + 1, Math.floor(now / 1000)) };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(path, JSON.stringify(fresh), { durable: true });
  return { ...fresh, isNew: true };
}

/** What the last start's configuration says: where the clusters look for the hub, although port.json is lost. */
async function configuredPort(folder: string, host: string): Promise<number | null> {
  const text = await readFile(configPath(folder), "utf8").catch(() => "");
  const [, listened] = /^listen: "(.*)"$/m.exec(text) ?? [];
  const port = Number(listened?.slice(host.length + 1));
  return listened?.startsWith(`${host}:`) === true && Number.isInteger(port) && port > 0 ? port : null;
}

/** Adopts the running hub if it is ours and configured so, starts one otherwise. Throws StixError: port-in-use, internal. */
export async function ensureDaemon(binary: string, config: HubConfig): Promise<Daemon> {
  const recordPath = `${config.folder}/daemon.json`;
  const settings = createHash("sha256")
    .update(`${binary}\n${settingsOf(config)}`)
    .digest("hex");
  const record = await readJson(recordPath, runningSchema);
  const alive = record !== null && (await isAlive(record));
  // The preload is always the newest, whether or not the running one reads it now.
  await writeWhole(configPath(config.folder), hubConfigText(config), { durable: true });
  if (alive && record.settings === settings && (await listens(config))) return { started: false, pid: record.pid };
  if (alive) await endProcess(record.pid);
  await endUnrecorded(config.folder);
  await forgetAccounts(config);
  const running = await startDaemon(binary, config, settings);
  await writeWhole(recordPath, JSON.stringify(running), { durable: true });
  return { started: true, pid: running.pid };
}

/** nats-server keeps every account it was ever told of. What is not in the configuration may let nobody in. */
async function forgetAccounts({ folder, systemAccount, account, monitors }: HubConfig): Promise<void> {
  const known = new Set([systemAccount, account, ...monitors].map(({ id }) => `${id}.jwt`));
  const kept = await readdir(`${folder}/accounts`).catch(() => []);
  await Promise.all(
    kept
      .filter((name) => name.endsWith(".jwt") && !known.has(name))
      .map((name) => rm(`${folder}/accounts/${name}`, { force: true })),
  );
}

/** Rewrites the configuration that the next start reads. */
export function writeConfig(config: HubConfig): Promise<void> {
  return writeWhole(configPath(config.folder), hubConfigText(config), { durable: true });
}

/** Ends the hub; of the ended: nothing. */
export async function stopDaemon(folder: string): Promise<void> {
  const record = await readJson(`${folder}/daemon.json`, runningSchema);
  if (record !== null && (await isAlive(record))) await endProcess(record.pid);
  await endUnrecorded(folder);
  await rm(`${folder}/daemon.json`, { force: true });
}

export async function daemonPid(folder: string): Promise<number | null> {
  const record = await readJson(`${folder}/daemon.json`, runningSchema);
  return record !== null && (await isAlive(record)) ? record.pid : null;
}

async function startDaemon(binary: string, config: HubConfig, settings: string): Promise<Running> {
  const child = spawn(binary, ["-c", configPath(config.folder)], {
    cwd: config.folder,
    detached: true,
    stdio: "ignore",
    env: { PATH: "/usr/bin:/bin", HOME: config.folder },
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", (status) => resolve(status));
    child.once("error", () => resolve(null));
  });
  if (child.pid === undefined) await once(child, "spawn");
  child.unref();
  const pid = child.pid ?? -1;
  const deadline = realTime.monotonic() + START_TIMEOUT_MS;
  for (let wait = 4; !(await tryTakePortsFile(config.folder, pid)); wait = Math.min(wait * 1.5, 100)) {
    const over = await Promise.race([ended.then((status) => ({ status })), realTime.sleep(wait).then(() => null)]);
    if (over !== null) throw await startFailure(config, `nats-server ended with ${over.status}`);
    if (realTime.monotonic() > deadline) {
      child.kill("SIGKILL");
      throw await startFailure(config, `nats-server did not listen within ${START_TIMEOUT_MS / 1000} s`);
    }
  }
  const identity = await identify(pid);
  if (identity === null) throw await startFailure(config, "nats-server ended at once");
  return { ...identity, settings };
}

/** nats-server writes `<name>_<pid>.ports` once it listens. Files of servers that were killed are swept on the way. */
async function tryTakePortsFile(folder: string, pid: number): Promise<boolean> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".ports"));
  const isReady = files.some((name) => name.endsWith(`_${pid}.ports`));
  if (isReady) await Promise.all(files.map((name) => rm(`${folder}/${name}`, { force: true })));
  return isReady;
}

async function startFailure(config: HubConfig, what: string): Promise<StixError> {
  const log = await readFile(`${config.folder}/nats.log`, "utf8").catch(() => "");
  const fatal =
    log
      .trimEnd()
      .split("\n")
      .findLast((line) => /\[FTL\]|\[ERR\]/.test(line))
      ?.replace(/^.*?\[(FTL|ERR)\]\s*/, "") ?? "";
  const inUse = /address already in use/i.test(fatal);
  return new StixError({
    code: inUse ? "port-in-use" : "internal",
    message: `the hub does not start: ${what}${fatal === "" ? "" : ` (${fatal})`}`,
    hint: inUse
      ? `free port ${config.port} of ${config.host}, or set STIX_HUB_PORT to another one`
      : `look into ${config.folder}/nats.log`,
  });
}

/** A daemon that crashed between its start and its record still has its own pid file. */
async function endUnrecorded(folder: string): Promise<void> {
  const pid = Number(await readFile(`${folder}/nats.pid`, "utf8").catch(() => ""));
  if (!Number.isInteger(pid) || pid <= 1) return;
  if ((await commandLineOf(pid)).includes(configPath(folder))) await endProcess(pid);
}

/** SIGTERM, and SIGKILL to one that does not heed it. */
async function endProcess(pid: number): Promise<void> {
  const identity = await identify(pid);
  if (identity === null) return;
  for (const { signal, waitMs } of [
    { signal: "SIGTERM", waitMs: 3_000 },
    { signal: "SIGKILL", waitMs: 2_000 },
  ] as const) {
    trySignal(pid, signal);
    const deadline = realTime.monotonic() + waitMs;
    for (let wait = 2; realTime.monotonic() < deadline; wait = Math.min(wait * 2, 25)) {
      await realTime.sleep(wait);
      if (!(await isAlive(identity))) return;
    }
  }
}

/** It may be gone by now, which is what we want. */
function trySignal(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {}
}

/** nats-server greets with INFO before anything else, TLS or not; anybody else on that port does not. */
async function listens(config: HubConfig): Promise<boolean> {
  const host = config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host;
  return new Promise((resolve) => {
    const socket = dial({ host, port: config.port });
    const end = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once("error", () => end(false));
    socket.once("data", (data) => end(data.toString("latin1").startsWith("INFO ")));
  });
}

/** A free port that no connection will be given while the hub is down; any free one when there is none. */
async function choosePort(host: string): Promise<number> {
  for (const port of portsFrom(portBand(), realRandom().next(), PORT_TRIES))
    if ((await freePort(host, port).catch(() => 0)) === port) return port;
  return freePort(host);
}

/** A port that is free now; with `port`, that one or a rejection. */
export async function freePort(host: string, port = 0): Promise<number> {
  const server = createServer();
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

function configPath(folder: string): string {
  return `${folder}/nats.conf`;
}
