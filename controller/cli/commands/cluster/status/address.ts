// `status --ip`, `--endpoints` and `--endpoint`: addresses of one cluster.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { statusBody } from "#controller/sdk/overview.ts";
import { entries } from "#controller/sdk/read.ts";
import { readClusters } from "#controller/sdk/records.ts";
import { ask } from "#controller/sdk/requests.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";

export interface AddressOptions {
  readonly config: readonly string[];
  readonly refresh: boolean;
  readonly ip: boolean;
  readonly endpoints: boolean;
  readonly endpoint: number | undefined;
}

export async function printAddress(
  context: CliContext,
  names: readonly string[],
  options: AddressOptions,
): Promise<number> {
  check(names, options);
  const connection = await context.connect({ config: options.config });
  const [cluster, ...others] = readClusters(
    await ask(connection, "status", statusBody({ clusters: names, refresh: false, allUsers: true })),
  );
  if (cluster === undefined)
    throw new StixError({
      code: "cluster-not-found",
      message: `Cluster '${names[0]}' not found.`,
      hint: "{program} status",
    });
  if (others.length > 0) throw exactlyOne(`'${names[0]}' names ${others.length + 1} clusters`);
  if (cluster.status !== clusterState.UP && cluster.status !== clusterState.AUTOSTOPPING) {
    throw new StixError({
      code: "cluster-not-up",
      message: `cluster '${cluster.name}' is ${cluster.status}`,
      hint: `{program} start ${cluster.name}`,
    });
  }
  if (options.ip) {
    if (cluster.headIp === undefined)
      throw new StixError({
        code: "not-supported",
        message: `cluster '${cluster.name}' has no address to show`,
        hint: `{program} status -v ${cluster.name}`,
      });
    context.stdout.write(`${cluster.headIp}\n`);
    return 0;
  }
  const found = entries(await ask(connection, "endpoints", { cluster: cluster.name, port: options.endpoint ?? null }));
  if (options.endpoint !== undefined) {
    const url = found.find(([port]) => port === String(options.endpoint))?.[1];
    if (typeof url !== "string")
      throw new StixError({
        code: "bad-value",
        message: `port ${options.endpoint} of cluster '${cluster.name}' is not open`,
        hint: `{program} status --endpoints ${cluster.name}`,
      });
    context.stdout.write(`${url}\n`);
    return 0;
  }
  if (found.length === 0) context.stderr.write(`Cluster '${cluster.name}' has no open ports.\n`);
  for (const [port, url] of found) context.stdout.write(`${port}: ${String(url)}\n`);
  return 0;
}

function check(names: readonly string[], options: AddressOptions): void {
  const refused = (message: string) => new StixError({ code: "usage", message, hint: "{program} status --help" });
  if (options.refresh) throw refused("'--refresh' does not go with '--ip', '--endpoint' or '--endpoints'");
  if (options.ip && (options.endpoints || options.endpoint !== undefined))
    throw refused("'--ip' does not go with '--endpoint' or '--endpoints'");
  if (options.endpoints && options.endpoint !== undefined) throw refused("'--endpoint' does not go with '--endpoints'");
  if (names.length !== 1)
    throw exactlyOne(names.length === 0 ? "no cluster is named" : `${names.length} clusters are named`);
}

function exactlyOne(what: string): StixError {
  return new StixError({
    code: "usage",
    message: `an address is that of exactly one cluster, but ${what}`,
    hint: "{program} status --ip NAME",
  });
}
