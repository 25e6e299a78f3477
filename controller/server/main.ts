// The API server's process: one for each state folder, ready or ended with one clear error, resumable after any death.
import { diskClosedError, diskError, diskFullError } from "#shared/os/disk-errors.ts";
import { writeWholeSync } from "#shared/os/whole-file.ts";
import { mkdirSync, chmodSync, readFileSync, rmSync } from "node:fs";
import { compose, type Composition } from "#controller/compose.ts";
import { realClock, realRandom, realTime } from "#shared/clock.ts";
import { callPath } from "#shared/api/calls.ts";
import { errorText, isStixError, StixError } from "#shared/errors/stix-error.ts";
import { hasRoom, releaseReserveFile } from "#shared/os/disk-room.ts";
import { statePaths, type StatePaths } from "#shared/paths.ts";
import { version } from "#shared/version.ts";
import { createApp } from "./app.ts";
import { listen, type Listening } from "./process/listen.ts";
import { createServerLog } from "./process/server-log.ts";
import { createSameUser } from "./gates/same-user.ts";
import { createServerToken } from "./gates/server-token.ts";
import { parseServerOptions, type ServerOptions } from "./process/server-options.ts";
import { takeServerLock } from "./process/server-lock.ts";
import { databaseCode } from "./sqlite-code.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Connections that send nothing are closed after this; streams ask to be kept. */
const IDLE_SECONDS = 120;
const STOP_DEADLINE_MS = 8_000;

/** Runs until a signal. Sets the exit status; errors are told on stderr as one line and a hint. */
export async function runServer(argv: readonly string[], env: Env = process.env): Promise<void> {
  try {
    await serve(parseServerOptions(argv, env), statePaths(env), env);
  } catch (error) {
    const known = isStixError(error)
      ? error
      : new StixError({
          code: "internal",
          message: errorText(error),
          hint: `tail -n 50 ${env["STIX_HOME"] ?? "~/.stix"}/server.log`,
          cause: error,
        });
    if (!isStixError(error) && error instanceof Error)
      process.stderr.write(`${JSON.stringify({ event: "server-broke", error: error.stack })}\n`);
    process.stderr.write(`error: ${known.message} (${known.code})\n  try: ${known.hint}\n`);
    process.exit(known.exitStatus);
  }
}

async function serve(options: ServerOptions, paths: StatePaths, env: Env): Promise<void> {
  process.umask(0o077);
  makeRoot(paths);
  // Whoever starts us on a full disk most likely wants to take something down.
  if (!hasRoom(paths.root)) releaseReserveFile(paths.reserve);
  const clock = realClock(() => clockOffset(env));
  const tell = createServerLog(clock, paths.serverLog, options.foreground);
  // One forgotten promise must not end the work of everybody: it is told, and the server goes on.
  process.on("unhandledRejection", (error) =>
    tell("promise-forgotten", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
  const lock = openLock(paths);
  if (lock === null) return await reportOther(paths);
  const composition = await compose({ env, paths, clock, random: realRandom(), tell });
  const server = await open(options, paths, composition);
  const { port } = server;
  writeInfo(paths, {
    pid: process.pid,
    port,
    wanted: options.port,
    host: options.host,
    version,
    startedAt: clock.now(),
  });
  tell("server-ready", { host: options.host, port, pid: process.pid, version });
  await composition.service.worker.resume();
  await stopSignal();
  tell("server-stopping", {});
  rmSync(paths.serverInfo, { force: true });
  const callOffEnd = clock.after(STOP_DEADLINE_MS, () => process.exit(0));
  // First the work, so that what followers are told is complete; then their connections.
  await composition[Symbol.asyncDispose]();
  await server.stop();
  callOffEnd();
  lock[Symbol.dispose]();
  process.exit(0);
}

function makeRoot(paths: StatePaths): void {
  try {
    mkdirSync(paths.root, { recursive: true, mode: 0o700 });
    chmodSync(paths.root, 0o700);
  } catch (error) {
    const known = diskError(paths.root, error);
    if (isStixError(known)) throw known;
    throw new StixError({
      code: "no-permission",
      message: `cannot make the state folder '${paths.root}': ${errorText(error)}`,
      hint: "set STIX_HOME to a folder that can be made",
      cause: error,
    });
  }
}

function openLock(paths: StatePaths): ReturnType<typeof takeServerLock> {
  try {
    return takeServerLock(paths.serverLock, process.pid);
  } catch (error) {
    const code = databaseCode(error) ?? "";
    if (/^SQLITE_(CANTOPEN|READONLY|PERM)/.test(code)) throw diskClosedError(paths.serverLock, error);
    if (/^SQLITE_(FULL|IOERR)/.test(code)) throw diskFullError(paths.serverLock, error);
    throw diskError(paths.serverLock, error);
  }
}

/** Gives up what was put together when there is no place to listen. */
async function open(
  options: ServerOptions,
  paths: StatePaths,
  { service, [Symbol.asyncDispose]: dispose }: Composition,
): Promise<Listening> {
  const app = createApp(service);
  const isSameUser = createSameUser({ uid: process.getuid?.() ?? 0 });
  const showsToken = createServerToken(paths.serverToken, (length) => realRandom().token(length));
  const mayAsk = async (request: Request, server: Bun.Server<undefined>) =>
    showsToken(request) ||
    (await isSameUser(() => server.requestIP(request), { address: options.host, port: server.port ?? 0 }));
  const serve = (port: number) =>
    Bun.serve({
      hostname: options.host,
      port,
      idleTimeout: IDLE_SECONDS,
      // Uploads come in pieces of 95 MB.
      maxRequestBodySize: 256 * 1024 * 1024,
      fetch: async (request, server) =>
        (await mayAsk(request, server))
          ? app.fetch(request, { keepOpen: (kept: Request) => server.timeout(kept, 0) })
          : otherUser(),
    });
  try {
    return await listen({ host: options.host, port: options.port, serve, tell: service.tell });
  } catch (error) {
    await dispose();
    throw error;
  }
}

function otherUser(): Response {
  return Response.json(
    {
      detail:
        "This API server belongs to another user of this machine. Start your own on another port: STIX_API_PORT=46581 stix api start. A proxy before it must run as the server's user (nginx: user NAME;) and ask who comes",
    },
    { status: 403 },
  );
}

/** Whole or not at all: commands read it at any time. */
function writeInfo(paths: StatePaths, info: Readonly<Record<string, unknown>>): void {
  writeWholeSync(paths.serverInfo, `${JSON.stringify(info)}\n`);
}

/**
 * Another process holds the lock. Many commands may start a server at once: the ones that came late end at once and well, and
 * whoever started them waits for the one that lives.
 */
async function reportOther(paths: StatePaths): Promise<void> {
  const info = readInfo(paths);
  const pid = readFileSync(paths.serverLock, "utf8").trim();
  const isReady = info !== null && (await isHealthy(info));
  process.stdout.write(
    isReady
      ? `The API server is already running at http://${info.host}:${info.port}.\n`
      : `The API server is already starting (process ${pid}).\n`,
  );
  process.exit(0);
}

function readInfo(paths: StatePaths): { readonly host: string; readonly port: number } | null {
  try {
    const info: unknown = JSON.parse(readFileSync(paths.serverInfo, "utf8"));
    if (typeof info !== "object" || info === null || !("port" in info) || !("host" in info)) return null;
    return { host: String(info.host), port: Number(info.port) };
  } catch {
    // Not written yet.
    return null;
  }
}

async function isHealthy({ host, port }: { readonly host: string; readonly port: number }): Promise<boolean> {
  try {
    return (
      await fetch(`http://${host}:${port}${callPath("health")}`, { signal: realTime.deadline(2_000), proxy: false })
    ).ok;
  } catch {
    return false;
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
}

/** Tests move time by a file. */
function clockOffset(env: Env): number {
  const file = env["STIX_CLOCK_FILE"];
  if (file === undefined) return 0;
  try {
    return Number(readFileSync(file, "utf8")) || 0;
  } catch {
    return 0;
  }
}
