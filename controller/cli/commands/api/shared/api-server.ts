// `api start`, `api stop` and `api info`: the server as a thing that runs, or does not.
import { StixError } from "#shared/errors/stix-error.ts";
import { serverCommand } from "#shared/process-names.ts";
import { commit, version } from "#shared/version.ts";
import { textField } from "#controller/sdk/read.ts";
import { userHash, userName } from "#controller/local-server/identity.ts";
import { hereEndpoint, localEndpoint, readServerInfo, variableEndpoint } from "#controller/local-server/endpoint.ts";
import type { Endpoint } from "#controller/sdk/endpoint.ts";
import { askHealth } from "#controller/sdk/health.ts";
import { startLocalServer, wakeLocalServer, type LocalServer } from "#controller/local-server/start-local-server.ts";
import { stopLocalServer } from "#controller/local-server/stop-local-server.ts";
import { isSuspended, ownFolder, serverPid } from "#controller/local-server/server-process.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { printJson } from "#controller/cli/print/answer.ts";

export interface StartOptions {
  readonly deploy: boolean;
  readonly host: string;
  readonly foreground: boolean;
  readonly enableBasicAuth: boolean;
  readonly port: number | undefined;
  /** Options that stood on the command line. */
  readonly given: ReadonlySet<string>;
}

export async function startApi(context: CliContext, options: StartOptions): Promise<number> {
  if (options.enableBasicAuth) throw notYet("logins with a name and a password");
  if (options.deploy) throw notYet("servers for teams");
  const { endpoint: named } = await context.connect({ noStart: true });
  if (!named.local) {
    throw new StixError({
      code: "usage",
      message: `the server in use is ${named.url}, which is not this machine's`,
      hint: named.from.startsWith(variableEndpoint)
        ? `unset ${named.from.slice(variableEndpoint.length)}`
        : `take out ${named.from}`,
    });
  }
  const words = [
    ...(options.host === "127.0.0.1" ? [] : ["--host", options.host]),
    ...(options.port === undefined ? [] : ["--port", String(options.port)]),
  ];
  const env = options.port === undefined ? context.env : { ...context.env, STIX_API_PORT: String(options.port) };
  const local = { ...localServer(context), env };
  if (await wakeLocalServer({ ...local, env: context.env })) {
    context.stdout.write(
      `The API server was suspended and goes on: ${localEndpoint(context.env, context.paths).url}\n`,
    );
    return 0;
  }
  const running = serverPid(context.paths);
  if (options.foreground && running === undefined) return await inForeground(context, words);
  const health = await startLocalServer(running === undefined ? local : localServer(context), words);
  const url = localEndpoint(running === undefined ? env : context.env, context.paths).url;
  if (running === undefined)
    context.stdout.write(`API server started: ${url}\nLogs: ${context.program} api logs --server-logs\n`);
  else sayItRuns(context, { url, pid: health.pid ?? running }, options);
  return 0;
}

/** What was asked for beside the start itself cannot be had from a server that runs. */
function sayItRuns(
  { paths, program, stdout, stderr }: CliContext,
  { url, pid }: { readonly url: string; readonly pid: number },
  { given, host, port, foreground }: StartOptions,
): void {
  stdout.write(`The API server runs already: ${url} (process ${pid})\n`);
  const info = readServerInfo(paths);
  const without = [
    ...(given.has("host") && host !== info?.host ? [`--host ${host}`] : []),
    ...(port !== undefined && port !== info?.port ? [`--port ${port}`] : []),
    ...(foreground ? ["--foreground"] : []),
  ];
  if (without.length === 0) return;
  const words = without.join(" ");
  stderr.write(
    `warning: ${words} ${without.length === 1 ? "has" : "have"} no effect on a server that runs; to start it anew: ${program} api stop && ${program} api start ${words}\n`,
  );
}

function localServer({ paths, env, clock, self, stderr, program }: CliContext): LocalServer {
  return { paths, env, clock, self, tell: (line) => stderr.write(`${line.replaceAll("{program}", program)}\n`) };
}

/** Takes the place of this process as far as signals and the exit status go. */
async function inForeground(context: CliContext, words: readonly string[]): Promise<number> {
  const child = Bun.spawn([...context.self, serverCommand, "--foreground", ...words], {
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return await child.exited;
}

export async function stopApi(context: CliContext, options: { readonly force: boolean }): Promise<number> {
  const stopped = await stopLocalServer(localServer(context), options.force);
  context.stdout.write(stopped ? "API server stopped.\n" : "The API server does not run.\n");
  return 0;
}

export async function showApi(context: CliContext, options: { readonly output: "table" | "json" }): Promise<number> {
  const { endpoint } = await context.connect({ noStart: true });
  const pid = endpoint.local ? serverPid(context.paths) : undefined;
  const suspended = pid !== undefined && isSuspended(pid);
  const health = suspended ? undefined : await askHealth(endpoint.url);
  const user = health?.user;
  const server = {
    url: endpoint.url,
    status: health?.status ?? (suspended ? "suspended" : "unhealthy"),
    version: health?.stixVersion ?? health?.version ?? null,
    commit: health?.commit ?? null,
    api_version: health?.apiVersion ?? null,
    state_folder: health?.stateFolder ?? null,
  };
  if (options.output === "json") {
    printJson(context, { client: { version, commit }, server, user: user ?? null });
    return health === undefined ? 1 : 0;
  }
  context.stdout.write(`STIX client version: ${version}, commit: ${commit}\n`);
  context.stdout.write(`Using API server and dashboard: ${endpoint.url}\n`);
  context.stdout.write(
    `├── Status: ${health === undefined ? whyUnwell(context, endpoint, pid, suspended) : `${server.status}, commit: ${server.commit}, version: ${server.version}`}\n`,
  );
  if (health?.stateFolder !== undefined)
    context.stdout.write(
      `├── State folder: ${health.stateFolder}${health.stateFolder === ownFolder(context.paths) ? "" : ` (this command's is ${ownFolder(context.paths)})`}\n`,
    );
  const name = textField(user, "name") ?? userName(context.env);
  context.stdout.write(
    `├── User: ${name} (${textField(user, "id") ?? userHash(context.env, context.paths, context.random)})\n`,
  );
  context.stdout.write(`└── Endpoint set ${await endpointOrigin(context, endpoint)}\n`);
  return health === undefined ? 1 : 0;
}

function whyUnwell({ program }: CliContext, endpoint: Endpoint, pid: number | undefined, suspended: boolean): string {
  if (suspended) return `suspended (process ${pid}); ${program} api start wakes it`;
  if (pid !== undefined) return `runs (process ${pid}) and does not answer; ${program} api stop --force ends it`;
  return endpoint.local ? `does not run; ${program} api start starts it` : "does not answer";
}

/** Who named the server: SkyPilot's words. */
async function endpointOrigin(context: CliContext, { from }: Endpoint): Promise<string> {
  if (from === hereEndpoint) return "to default local API server.";
  if (from.startsWith(variableEndpoint)) return `via the environment variable ${from.slice(variableEndpoint.length)}`;
  const { fileNaming } = await import("#controller/cli/frame/client-config.ts");
  return `via ${fileNaming(context, ["api_server", "endpoint"]) ?? "--config"}`;
}

function notYet(what: string): StixError {
  return new StixError({
    code: "not-implemented",
    message: `'{program} {command}' cannot do that yet: ${what} are not built`,
    hint: "{program} api start",
  });
}
