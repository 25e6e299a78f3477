// Cancels jobs on one cluster, or on all that a pattern names.
import { StixError } from "#shared/errors/stix-error.ts";
import { submit } from "#controller/sdk/requests.ts";
import { statusBody } from "#controller/sdk/overview.ts";
import { readClusters } from "#controller/sdk/records.ts";
import { ask } from "#controller/sdk/requests.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { isPattern } from "#controller/cli/frame/cluster-patterns.ts";
import { confirm } from "#controller/cli/frame/confirm.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { printSubmitted, runRequest } from "#controller/cli/print/follow-request.ts";

export interface CancelOptions {
  readonly config: readonly string[];
  readonly all: boolean;
  readonly allUsers: boolean;
  readonly yes: boolean;
  readonly detach: boolean;
}

export async function cancelJobs(
  context: CliContext,
  args: { readonly cluster: string; readonly jobs: readonly number[] },
  options: CancelOptions,
): Promise<number> {
  if (args.jobs.length > 0 && (options.all || options.allUsers)) {
    throw new StixError({
      code: "usage",
      message: "job ids do not go with '--all' or '--all-users'",
      hint: `{program} cancel ${args.cluster} -a`,
    });
  }
  const connection = await context.connect({ config: options.config });
  const clusters = await named(connection, args.cluster, options.allUsers);
  if (clusters.length > 1 && args.jobs.length > 0) {
    throw new StixError({
      code: "usage",
      message: `job ids need one cluster, but '${args.cluster}' names ${clusters.length}`,
      hint: `{program} cancel ${clusters[0]} ${args.jobs.join(" ")}`,
    });
  }
  const what = described(args.jobs, options);
  await confirm(
    context,
    `Cancelling ${what} on cluster${clusters.length > 1 ? "s" : ""} '${clusters.join("', '")}'. Proceed?`,
    { yes: options.yes },
  );
  for (const cluster of clusters) {
    const body = {
      cluster_name: cluster,
      job_ids: args.jobs.length === 0 ? null : [...args.jobs],
      all: options.all,
      all_users: options.allUsers,
      try_cancel_if_cluster_is_init: false,
    };
    if (options.detach) printSubmitted(context, await submit(connection, "/cancel", body), "cancel");
    else await runRequest(context, connection, { path: "/cancel", body, name: "cancel", log: context.stdout });
  }
  return 0;
}

async function named(connection: Connection, cluster: string, allUsers: boolean): Promise<readonly string[]> {
  if (!isPattern(cluster)) return [cluster];
  const found = readClusters(
    await ask(connection, "/status", statusBody({ clusters: [cluster], refresh: false, allUsers })),
  );
  if (found.length > 0) return found.map((one) => one.name);
  throw new StixError({
    code: "cluster-not-found",
    message: `no cluster matches '${cluster}'`,
    hint: "{program} status",
  });
}

function described(jobs: readonly number[], options: CancelOptions): string {
  if (options.allUsers) return "all jobs of all users";
  if (options.all) return "all your jobs";
  if (jobs.length === 0) return "the newest running job";
  return `job${jobs.length > 1 ? "s" : ""} ${jobs.join(", ")}`;
}
