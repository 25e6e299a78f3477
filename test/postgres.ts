// A real Postgres for tests: a cluster in a temporary folder, as a user who is not root, on loopback with a password.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { makeCertificates, type ServerCertificates } from "./postgres-certificates.ts";
import { freePort } from "./free-port.ts";

export interface TestPostgres extends AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  /** null: it speaks no TLS. */
  readonly certificates: ServerCertificates | null;
  /** Address of a database, for STIX_DB; with what stands after `?`. */
  url(database: string, parameters?: string): string;
  /** Makes an empty database of this name and gives its address. */
  create(database: string): Promise<string>;
  /** As its superuser, in that database. */
  ask(database: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  stop(how?: "fast" | "kill"): Promise<void>;
  start(): Promise<void>;
}

const USER = "stix";
const PASSWORD = "s3cret/%";
const READY_MS = 60_000;

export interface PostgresWish {
  /** It speaks TLS with a certificate for `localhost`. */
  readonly tls?: boolean;
}

export async function startPostgres({ tls = false }: PostgresWish = {}): Promise<TestPostgres> {
  const programs = programFolder();
  const folder = mkdtempSync(join(tmpdir(), "stix-postgres-"));
  const data = join(folder, "data");
  const owner = dataOwner();
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(join(folder, "password"), PASSWORD);
  chmodSync(folder, 0o755);
  if (owner !== null)
    for (const path of [folder, data, join(folder, "password")]) chownSync(path, owner.uid, owner.gid);
  const as = (words: readonly string[]) =>
    owner === null
      ? [...words]
      : ["setpriv", `--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups", "--pdeathsig=KILL", ...words];
  const initdb = [`${programs}/initdb`, "-D", data, "-A", "scram-sha-256", `--pwfile=${folder}/password`, "-U", USER];
  run(as([...initdb, "--no-sync", "-E", "UTF8", "--locale=C"]), folder);
  const certificates = tls ? makeCertificates(folder) : null;
  if (certificates !== null && owner !== null) chownSync(certificates.key, owner.uid, owner.gid);
  const settings =
    certificates === null
      ? []
      : ["ssl=on", `ssl_cert_file=${certificates.certificate}`, `ssl_key_file=${certificates.key}`];
  const port = freePort();
  const fixed = ["fsync=off", "listen_addresses=127.0.0.1", "max_connections=50", "shared_buffers=16MB"];
  const flags = [...fixed, ...settings].flatMap((setting) => ["-c", setting]);
  const command = as([`${programs}/postgres`, "-D", data, "-p", String(port), "-k", folder, ...flags]);
  const url = (database: string, parameters = "") =>
    `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}${parameters === "" ? "" : `?${parameters}`}`;
  let child: Bun.Subprocess | null = null;
  const ask = async (database: string, sql: string) => {
    const client = new SQL(url(database), { max: 1, connectionTimeout: 5 });
    try {
      return (await client.unsafe(sql)) as Readonly<Record<string, unknown>>[];
    } finally {
      await client.close({ timeout: 0 });
    }
  };
  const cluster: TestPostgres = {
    folder,
    port,
    password: PASSWORD,
    certificates,
    url,
    ask,
    async create(database) {
      await ask("postgres", `CREATE DATABASE "${database}"`);
      return url(database);
    },
    async start() {
      child = Bun.spawn(command, {
        cwd: folder,
        stdio: ["ignore", Bun.file(join(folder, "log")), Bun.file(join(folder, "log"))],
      });
      await untilReady(child, () => ask("postgres", "SELECT 1"), folder);
    },
    async stop(how = "fast") {
      // SIGINT: sessions are ended, everything is written. SIGQUIT: at once, as after a crash.
      child?.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
      await child?.exited;
      child = null;
    },
    async [Symbol.asyncDispose]() {
      await cluster.stop("kill");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

/** Throws with what to install. */
function programFolder(): string {
  const found = Bun.spawnSync([join(import.meta.dir, "../scripts/test-parts/postgres")], { stderr: "inherit" });
  const folder = found.stdout.toString().trim();
  if (!found.success || folder === "")
    throw new Error("no Postgres: see the lines above; install the package postgresql");
  return folder;
}

/** Postgres refuses to run as root. null: we are not. */
function dataOwner(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => {
    for (const name of ["postgres", "nobody"]) {
      const asked = Bun.spawnSync(["id", flag, name]);
      if (asked.success) return Number(asked.stdout.toString());
    }
    throw new Error("no user that Postgres could run as: neither postgres nor nobody");
  };
  return { uid: idOf("-u"), gid: idOf("-g") };
}

function run(command: readonly string[], cwd: string): void {
  const done = Bun.spawnSync([...command], { cwd });
  if (!done.success) throw new Error(`${command.join(" ")}\n${done.stdout.toString()}${done.stderr.toString()}`);
}

/** It says so itself in many ways, none of them an event: asking is the only sure one. */
async function untilReady(child: Bun.Subprocess, ask: () => Promise<unknown>, folder: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  let failure = await ask().catch(String);
  while (typeof failure === "string") {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`Postgres did not start: ${failure}\n${await Bun.file(join(folder, "log")).text()}`);
    await Bun.sleep(20);
    failure = await ask().catch(String);
  }
}
