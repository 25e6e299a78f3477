// Gathers what `doctor` judges. Nothing here fails or waits for long: a fact that cannot be had is a fact too.
import { Database } from "bun:sqlite";
import { accessSync, constants, existsSync, lstatSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { realTime } from "#shared/clock.ts";
import { buildDate, version } from "#shared/version.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { probe } from "#controller/sdk/health.ts";
import { overview } from "#controller/sdk/overview.ts";
import { listenerOf, listeningTables, otherUserOn } from "#controller/local-server/port-owner.ts";
import { field, list, numberField } from "#controller/sdk/read.ts";
import { ask } from "#controller/sdk/requests.ts";
import { isSuspended, ownFolder, serverPid } from "#controller/local-server/server-process.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import type { DoctorFacts, ServerFacts } from "./judge-facts.ts";

const PROBE_MS = 2_000;
const FLEET_MS = 5_000;
const PORT_DEFAULT = 80;

export async function gatherFacts(context: CliContext, connection: Connection): Promise<DoctorFacts> {
  const { paths, clock, program } = context;
  const { url, local } = connection.endpoint;
  const port = Number(new URL(url).port || PORT_DEFAULT);
  const server = await serverFacts(context, url, local, port);
  const isOurs =
    server.is === "well" && (!local || server.stateFolder === undefined || server.stateFolder === ownFolder(paths));
  return {
    program,
    version,
    url,
    local,
    port,
    server,
    root: paths.root,
    folder: folderFacts(paths.root, ownFolder(paths)),
    database: databaseFacts(paths.database),
    hub: hubFacts(paths.hub),
    disk: diskFacts(paths.root),
    clock: {
      now: clock.now(),
      built: Number.isNaN(Date.parse(buildDate)) ? null : Date.parse(buildDate),
      newestFile: newestFile(paths.root),
    },
    ephemeral: ephemeralPorts(),
    fleet: isOurs ? await inTime(fleetFacts(connection), FLEET_MS) : null,
  };
}

async function serverFacts(
  { paths, clock }: CliContext,
  url: string,
  local: boolean,
  port: number,
): Promise<ServerFacts> {
  const pid = local ? serverPid(paths) : undefined;
  if (pid !== undefined && isSuspended(pid)) return { is: "suspended", pid };
  const since = clock.monotonic();
  const found = await probe(url, PROBE_MS);
  if (found === "silent") return { is: "silent", pid };
  if (found === "nobody") return { is: "nobody" };
  if (found === "somebody else" || found.stixVersion === undefined)
    return { is: "somebody else", user: local ? otherUserOn(port) : undefined };
  return {
    is: "well",
    version: found.stixVersion,
    stateFolder: found.stateFolder,
    ms: Math.round(clock.monotonic() - since),
  };
}

/** Keys, tokens and databases, and the folders they are in: what nobody else may read. */
const guarded = ["", "state.db", "server.token", "hub", "hub/keys", "hub/keys/hub.key", "local"] as const;
const OTHERS = 0o077;

function folderFacts(root: string, path: string): DoctorFacts["folder"] {
  if (!existsSync(root)) return null;
  const uid = process.getuid?.();
  const found = guarded
    .map((name) => join(root, name))
    .flatMap((one) => {
      const facts = quietly(() => lstatSync(one, { throwIfNoEntry: false }));
      return facts === undefined || facts.isSymbolicLink() ? [] : [{ one, mode: facts.mode, uid: facts.uid }];
    });
  return {
    path,
    writable:
      quietly(() => {
        accessSync(root, constants.R_OK | constants.W_OK | constants.X_OK);
        return true;
      }) ?? false,
    loose: found.filter(({ mode }) => (mode & OTHERS) !== 0).map(({ one }) => one),
    foreign: found.filter((each) => uid !== undefined && each.uid !== uid).map(({ one }) => one),
  };
}

function databaseFacts(path: string): DoctorFacts["database"] {
  if (!existsSync(path)) return { is: "absent" };
  let opened: Database | undefined;
  try {
    opened = new Database(path, { readonly: true });
    const said = opened.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check;
    return said === "ok" ? { is: "well" } : { is: "damaged", why: said ?? "it does not answer" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { is: /malformed|not a database|corrupt/i.test(why) ? "damaged" : "unreadable", why };
  } finally {
    opened?.close();
  }
}

function hubFacts(folder: string): DoctorFacts["hub"] {
  if (!existsSync(folder)) return null;
  const read = (name: string) => quietly((): unknown => JSON.parse(readFileSync(join(folder, name), "utf8")));
  const pid = numberField(read("daemon.json"), "pid");
  const port = numberField(read("port.json"), "port") ?? null;
  const alive = pid !== undefined && quietly(() => process.kill(pid, 0)) === true;
  return {
    alive,
    listening: port !== null && listens(port),
    port,
    keyBytes: quietly(() => lstatSync(join(folder, "keys/hub.key"))?.size) ?? null,
  };
}

/** Where there is no such table, what runs is taken to listen. */
function listens(port: number): boolean {
  const tables = listeningTables();
  return tables.trim() === "" || listenerOf(tables, port) !== undefined;
}

function diskFacts(root: string): DoctorFacts["disk"] {
  const folder = existsSync(root) ? root : "/";
  return (
    quietly(() => {
      const { bavail, bsize, blocks, ffree, files } = statfsSync(folder);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFiles: ffree, totalFiles: files };
    }) ?? null
  );
}

function newestFile(root: string): number | null {
  const names = quietly(() => readdirSync(root)) ?? [];
  const times = names.flatMap((name) => quietly(() => lstatSync(join(root, name))?.mtimeMs) ?? []);
  return times.length === 0 ? null : Math.max(...times);
}

function ephemeralPorts(): readonly [number, number] | null {
  const [from, to] = (quietly(() => readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8")) ?? "")
    .trim()
    .split(/\s+/)
    .map(Number);
  return from === undefined || to === undefined || Number.isNaN(from + to) ? null : [from, to];
}

async function fleetFacts(connection: Connection): Promise<NonNullable<DoctorFacts["fleet"]>> {
  const [seen, answer] = await Promise.all([
    overview(connection, {
      clusters: null,
      refresh: false,
      allUsers: true,
      jobs: false,
      services: false,
      pools: false,
    }),
    ask(connection, "doctor.leaks", {}).catch(() => undefined),
  ]);
  const unasked = answer === undefined || list(field(answer, "unasked")).length > 0;
  const leaks = list(field(answer, "leaks")).length;
  return {
    unwell: seen.clusters.filter((one) => one.unhealthy).map((one) => one.name),
    clusters: seen.clusters.length,
    leaks: unasked && leaks === 0 ? null : leaks,
  };
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T | null> {
  const late = new Promise<null>((resolve) => {
    realTime.after(ms, () => resolve(null), { background: true });
  });
  return await Promise.race([work.catch(() => null), late]);
}

function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
