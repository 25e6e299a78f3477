// `api start`: the server of this machine, started, woken, or found at work.
import { StixError } from "#shared/errors/stix-error.ts";
import { serverCommand } from "#shared/process-names.ts";
import { localEndpoint, readServerInfo, variableEndpoint } from "#controller/local-server/endpoint.ts";
import { startLocalServer, wakeLocalServer } from "#controller/local-server/start-local-server.ts";
import { serverPid } from "#controller/local-server/server-process.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { localServer } from "../shared/own-server.ts";

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

function notYet(what: string): StixError {
  return new StixError({
    code: "not-implemented",
    message: `'{program} {command}' cannot do that yet: ${what} are not built`,
    hint: "{program} api start",
  });
}
