// The sections of `status`: infra, clusters, managed jobs, pools, services.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { overview, type Overview } from "#controller/sdk/overview.ts";
import type { ClusterRecord } from "#controller/sdk/records.ts";
import { unmatched } from "#controller/cli/frame/cluster-patterns.ts";
import { CONTROLLER_NAME } from "#controller/cli/frame/cluster-name.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { nowSeconds, printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { renderClusters } from "./cluster-table.ts";
import { paint } from "#controller/cli/print/colour.ts";

export interface StatusOptions {
  readonly config: readonly string[];
  readonly verbose: boolean;
  readonly refresh: boolean;
  readonly showManagedJobs: boolean;
  readonly showServices: boolean;
  readonly showPools: boolean;
  readonly allUsers: boolean;
  readonly output: "table" | "json";
}

const secretFields = ["handle", "credentials"];

export async function printStatus(
  context: CliContext,
  names: readonly string[],
  options: StatusOptions,
): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const everything = names.length === 0;
  const json = options.output === "json";
  const seen = await overview(connection, {
    clusters: everything ? null : names,
    refresh: options.refresh,
    // A name is looked for among everybody's.
    allUsers: options.allUsers || !everything,
    jobs: everything && options.showManagedJobs && !json,
    services: everything && options.showServices && !json,
    pools: everything && options.showPools && !json,
  });
  if (json) {
    printJson(
      context,
      seen.clusters.map((one) => withoutSecrets(one.raw)),
    );
    return 0;
  }
  const out = context.stdout;
  out.write(infraSection(context, seen));
  out.write(clusterSection(context, names, seen, options));
  if (everything) out.write(leakSection(context, seen.leaks));
  if (everything && options.showManagedJobs) out.write(await jobSection(context, seen));
  if (everything && options.showPools && seen.pools.length > 0)
    out.write(`\n${title(context, "Pools")}${seen.pools.length} pools: ${context.program} jobs pool status\n`);
  if (everything && options.showServices) {
    const line =
      seen.services.length === 0
        ? "No live services."
        : `${seen.services.length} services: ${context.program} serve status`;
    out.write(`\n${title(context, "Services")}${line}\n`);
  }
  return 0;
}

function infraSection(context: CliContext, seen: Overview): string {
  const of = seen.workspace === undefined || seen.workspace === "default" ? "" : ` (workspace: '${seen.workspace}')`;
  const infra = seen.infra.length === 0 ? `none (${context.program} check)` : seen.infra.join(", ");
  return `${paint(context.stdout.colour, "bold", `Enabled Infra${of}:`)} ${infra}\n`;
}

function clusterSection(context: CliContext, names: readonly string[], seen: Overview, options: StatusOptions): string {
  const { clusters } = seen;
  const missing = unmatched(
    names,
    clusters.map((one) => one.name),
  );
  const lines = [`\n${title(context, "Clusters")}`];
  if (clusters.length > 0) {
    lines.push(
      renderClusters(
        ordered(clusters),
        { verbose: options.verbose, allUsers: options.allUsers, now: nowSeconds(context) },
        tableStyle(context),
      ),
    );
  } else if (names.length === 0) lines.push("No existing clusters.\n");
  for (const one of clusters.filter((each) => each.unhealthy)) {
    const why = one.unhealthyReason === undefined ? "" : ` (${one.unhealthyReason})`;
    lines.push(`\nCluster '${one.name}' is not whole${why}. To bring it back: ${context.program} start ${one.name}\n`);
  }
  for (const name of missing) lines.push(`Cluster '${name}' not found.\n`);
  const pending = clusters.filter((one) => one.autostop >= 0 && one.status === clusterState.UP).length;
  if (pending > 0 && !options.refresh && names.length === 0) {
    const many = pending === 1 ? "1 cluster has" : `${pending} clusters have`;
    lines.push(
      paint(
        context.stdout.colour,
        "dim",
        `\n* ${many} autostop set and may have stopped since. To ask the cloud: ${context.program} status --refresh\n`,
      ),
    );
  }
  return lines.join("");
}

/** Machines run, and cost, that the server has no record of. */
function leakSection({ program, stdout }: CliContext, leaks: readonly string[]): string {
  if (leaks.length === 0) return "";
  const what =
    leaks.length === 1
      ? "1 cluster has machines and no record"
      : `${leaks.length} clusters have machines and no record`;
  return `\n${paint(stdout.colour, "yellow", `${what} here: ${leaks.join(", ")}.`)}\nTo see, take back or remove them: ${program} doctor leaks, ${program} doctor adopt, ${program} doctor leaks --remove\n`;
}

/** Controllers come after what the user made. */
function ordered(clusters: readonly ClusterRecord[]): readonly ClusterRecord[] {
  const isController = (one: ClusterRecord) => CONTROLLER_NAME.test(one.name);
  return [...clusters.filter((one) => !isController(one)), ...clusters.filter(isController)];
}

async function jobSection(context: CliContext, seen: Overview): Promise<string> {
  const head = `\n${title(context, "Managed jobs")}`;
  if (seen.jobs.length === 0) return `${head}No in-progress managed jobs. (See: ${context.program} jobs -h)\n`;
  return `${head}${seen.jobs.length} in progress: ${context.program} jobs queue\n`;
}

function title(context: CliContext, text: string): string {
  return `${paint(context.stdout.colour, "bold", text)}\n`;
}

function withoutSecrets(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !secretFields.includes(name)));
}
