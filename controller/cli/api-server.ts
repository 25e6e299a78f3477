// `api start`, `api stop` and `api info`: the server as a thing that runs, or does not.
import { StixError } from "#shared/errors/stix-error.ts";
import { serverCommand } from "#shared/process-names.ts";
import { commit, version } from "#shared/version.ts";
import { field, textField } from "../client/read.ts";
import { localEndpoint } from "../client/endpoint.ts";
import { askHealth, startLocalServer, stopLocalServer } from "../client/local-server.ts";
import type { CliContext } from "./context.ts";
import { printJson } from "./render/answer.ts";

export interface StartOptions {
  readonly deploy: boolean;
  readonly host: string;
  readonly foreground: boolean;
  readonly enableBasicAuth: boolean;
  readonly port: number | undefined;
}

export async function startApi(context: CliContext, options: StartOptions): Promise<number> {
  if (options.enableBasicAuth) throw notYet("logins with a name and a password");
  if (options.deploy) throw notYet("servers for teams");
  const { endpoint: named } = await context.connect({ noStart: true });
  if (!named.local) {
    throw new StixError({
      code: "usage",
      message: `the server in use is ${named.url}, which is not this machine's`,
      hint: named.from.startsWith("the variable") ? `unset ${named.from.replace("the variable ", "")}` : `take out ${named.from}`,
    });
  }
  const words = [...(options.host === "127.0.0.1" ? [] : ["--host", options.host]), ...(options.port === undefined ? [] : ["--port", String(options.port)])];
  const env = options.port === undefined ? context.env : { ...context.env, STIX_API_PORT: String(options.port) };
  const local = { paths: context.paths, env, clock: context.clock, self: context.self };
  if (options.foreground) return await inForeground(context, words);
  const url = localEndpoint(env, context.paths).url;
  if ((await askHealth(url)) !== undefined) {
    context.stdout.write(`The API server runs already: ${url}\n`);
    return 0;
  }
  await startLocalServer(local, words);
  context.stdout.write(`API server started: ${localEndpoint(env, context.paths).url}\nLogs: ${context.program} api logs --server-logs\n`);
  return 0;
}

/** Takes the place of this process as far as signals and the exit status go. */
async function inForeground(context: CliContext, words: readonly string[]): Promise<number> {
  const child = Bun.spawn([...context.self, serverCommand, "--foreground", ...words], { stdin: "inherit", stdout: "inherit", stderr: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return await child.exited;
}

export async function stopApi(context: CliContext): Promise<number> {
  const stopped = await stopLocalServer({ paths: context.paths, env: context.env, clock: context.clock, self: context.self });
  context.stdout.write(stopped ? "API server stopped.\n" : "The API server does not run.\n");
  return 0;
}

export async function showApi(context: CliContext, options: { readonly output: "table" | "json" }): Promise<number> {
  const { endpoint } = await context.connect({ noStart: true });
  const health = await askHealth(endpoint.url);
  const user = health?.user;
  const server = {
    url: endpoint.url,
    status: health?.status ?? "unhealthy",
    version: health?.stixVersion ?? health?.version ?? null,
    commit: health?.commit ?? null,
    api_version: health?.apiVersion ?? null,
  };
  if (options.output === "json") {
    printJson(context, { client: { version, commit }, server, user: user ?? null });
    return health === undefined ? 1 : 0;
  }
  context.stdout.write(`STIX client version: ${version}, commit: ${commit}\n`);
  context.stdout.write(`Using API server and dashboard: ${endpoint.url}\n`);
  context.stdout.write(
    health === undefined ? `├── Status: does not answer\n` : `├── Status: ${server.status}, commit: ${server.commit}, version: ${server.version}\n`,
  );
  const name = textField(user, "name");
  if (name !== undefined) context.stdout.write(`├── User: ${name} (${String(field(user, "id"))})\n`);
  context.stdout.write(`└── Endpoint set by ${endpoint.from}\n`);
  return health === undefined ? 1 : 0;
}

function notYet(what: string): StixError {
  return new StixError({ code: "not-implemented", message: `'{program} {command}' cannot do that yet: ${what} are not built`, hint: "{program} api start" });
}
