// `api info`: which server is used, whether it is well, and who says so.
import { commit, version } from "#shared/version.ts";
import { textField } from "#controller/sdk/read.ts";
import { userHash, userName } from "#controller/local-server/identity.ts";
import { hereEndpoint, variableEndpoint } from "#controller/local-server/endpoint.ts";
import type { Endpoint } from "#controller/sdk/endpoint.ts";
import { askHealth } from "#controller/sdk/health.ts";
import { isSuspended, ownFolder, serverPid } from "#controller/local-server/server-process.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { printJson } from "#controller/cli/print/answer.ts";

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
