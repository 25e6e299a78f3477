// Cancels jobs on one cluster, or on all that a pattern names.
import { StixError } from "#shared/errors/stix-error.ts";
import { statusBody } from "#controller/sdk/overview.ts";
import { readClusters } from "#controller/sdk/records.ts";
import { ask, submit } from "#controller/sdk/requests.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { isPattern } from "#controller/cli/frame/cluster-patterns.ts";
import { confirm } from "#controller/cli/frame/confirm.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { printJson } from "#controller/cli/print/answer.ts";
import { outcomeOf, settled, storyOf, type Outcome } from "../shared/change-clusters.ts";
import { printSubmitted, runRequest } from "#controller/cli/print/follow-request.ts";

export interface CancelOptions {
  readonly config: readonly string[];
  readonly all: boolean;
  readonly allUsers: boolean;
  readonly yes: boolean;
  readonly detach: boolean;
  readonly output: "table" | "json";
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
  const outcomes: Outcome[] = [];
  for (const cluster of clusters) {
    const cancelling = cancelOn(context, connection, cluster, args.jobs, options);
    if (options.output !== "json" || clusters.length === 1)
      outcomes.push(outcomeOf(context, cluster, await cancelling));
    else {
      const { requestId, failure } = await settled(cancelling);
      if (context.interrupted.aborted && failure !== undefined) throw failure.cause;
      outcomes.push(outcomeOf(context, cluster, requestId, failure));
    }
  }
  if (options.output === "json") printJson(context, { clusters: outcomes });
  return outcomes.every((one) => one.done) ? 0 : 1;
}

/** Gives the id of a request that was only submitted. */
async function cancelOn(
  context: CliContext,
  connection: Connection,
  cluster: string,
  jobs: readonly number[],
  options: CancelOptions,
): Promise<string | undefined> {
  const body = {
    cluster_name: cluster,
    job_ids: jobs.length === 0 ? null : [...jobs],
    all: options.all,
    all_users: options.allUsers,
    try_cancel_if_cluster_is_init: false,
  };
  if (!options.detach) {
    await runRequest(context, connection, {
      body,
      name: "cancel",
      log: storyOf(context, options.output),
    });
    return undefined;
  }
  const requestId = await submit(connection, "cancel", body);
  if (options.output !== "json") printSubmitted(context, requestId, "cancel");
  return requestId;
}

async function named(connection: Connection, cluster: string, allUsers: boolean): Promise<readonly string[]> {
  if (!isPattern(cluster)) return [cluster];
  const found = readClusters(
    await ask(connection, "status", statusBody({ clusters: [cluster], refresh: false, allUsers })),
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
