// launch: plan, ask, submit, follow.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { CallBody } from "#shared/api/routes.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { call } from "#controller/sdk/connection.ts";
import { numberField, textField } from "#controller/sdk/read.ts";
import { readClusters } from "#controller/sdk/records.ts";
import { ask, submit } from "#controller/sdk/requests.ts";
import { checkClusterName, doubtFileName, madeUpName } from "#controller/cli/frame/cluster-name.ts";
import { confirm } from "#controller/cli/frame/confirm.ts";
import type { CliContext, Output } from "#controller/cli/frame/context.ts";
import { resolveEntrypoint } from "#controller/cli/frame/task/entrypoint.ts";
import { printSubmitted, runRequest } from "#controller/cli/print/follow-request.ts";
import { printJson, widthOf } from "#controller/cli/print/answer.ts";
import { runTask } from "../shared/run-task.ts";
import { assumedClouds } from "../../planning/shared/ask-prices.ts";
import { announceEntrypoint, taskText } from "#controller/cli/frame/task/task-text.ts";
import type { LaunchRequest } from "#controller/cli/frame/task/submit-options.ts";

/** Where only --wait-for is given. */
const IDLE_MINUTES_DEFAULT = 5;

export async function runLaunch(context: CliContext, asked: LaunchRequest): Promise<number> {
  checkRequest(asked);
  await doubtFileName(context, asked.cluster, "cluster", asked.yes);
  await doubtFileName(context, asked.name, "task", asked.yes);
  const entrypoint = await resolveEntrypoint(context, asked.entrypoint);
  const json = asked.output === "json";
  // With -o json the standard output holds the document alone.
  const log = json ? context.stderr : context.stdout;
  const connection = await context.connect({
    config: [...asked.config, ...(asked.workspace === undefined ? [] : [`active_workspace=${asked.workspace}`])],
  });
  if (entrypoint !== undefined && !json) announceEntrypoint(context, entrypoint);
  const autostop =
    asked.waitFor === undefined
      ? undefined
      : { waitFor: asked.waitFor, idleMinutes: asked.idleMinutes ?? IDLE_MINUTES_DEFAULT, down: asked.down };
  const { text, blobId } = await taskText(context, connection, entrypoint, { flags: asked, autostop, yes: asked.yes });
  const cluster = asked.cluster ?? madeUpName(context);
  if (!json) log.write(`Running on cluster: ${cluster}\n`);
  const body = { ...launchBody(asked, cluster, text), file_mounts_blob_id: blobId ?? null, ...widthOf(log) };
  if (asked.dryrun) return await dryrun(context, connection, asked, body, log);
  const shown = asked.yes ? false : await askFirst(context, connection, cluster, text, log);
  if (asked.detach) {
    const requestId = await submit(connection, "launch", body);
    if (json) printJson(context, { request_id: requestId });
    else printSubmitted(context, requestId, "launch");
    return 0;
  }
  const call = { body: { ...body, quiet_optimizer: shown }, name: "launch" as const, log };
  if (!json) return await runTask(context, connection, { ...call, cluster, followJob: !asked.detachRun });
  const jobId = numberField(await runRequest(context, connection, call), "job_id");
  printJson(context, { cluster, job_id: jobId ?? null });
  return 0;
}

function checkRequest(asked: LaunchRequest): void {
  if (asked.cluster !== undefined) checkClusterName(asked.cluster);
  const refused = (message: string, hint: string) => new StixError({ code: "usage", message, hint });
  if (asked.resize && asked.cluster === undefined)
    throw refused("'--resize' needs a cluster", "{program} launch --resize -c NAME --num-nodes N");
  if (asked.assumeEnabled.length > 0 && !asked.dryrun)
    throw refused("'--assume-enabled' is for plans only", "add --dryrun");
  if (asked.docker)
    throw new StixError({
      code: "not-implemented",
      message: "'{program} {command}' cannot do that yet: the old Docker backend is not built",
      hint: "--infra local",
    });
  if (asked.cloneDiskFrom !== undefined)
    throw new StixError({
      code: "not-implemented",
      message: "'{program} {command}' cannot do that yet: copies of system disks are not built",
      hint: "{program} launch without --clone-disk-from",
    });
}

/** Some of it only SkyPilot's servers read. */
function launchBody(asked: LaunchRequest, cluster: string, task: string): CallBody<"launch"> {
  const body = {
    task,
    cluster_name: cluster,
    retry_until_up: asked.retryUntilUp,
    idle_minutes_to_autostop: asked.idleMinutes ?? null,
    dryrun: asked.dryrun,
    down: asked.down,
    backend: "cloudvmray",
    optimize_target: 0 as const,
    no_setup: asked.noSetup,
    clone_disk_from: asked.cloneDiskFrom ?? null,
    fast: asked.fast,
    quiet_optimizer: false,
    is_launched_by_jobs_controller: false,
    is_launched_by_sky_serve_controller: false,
    disable_controller_check: false,
    resize: asked.resize,
    extra_launch_context: {},
    include_credentials: true,
    ...(asked.maxCost !== undefined && { stix_max_cost: asked.maxCost }),
    ...(asked.assumeEnabled.length > 0 && { stix_assume_enabled: assumedClouds(asked.assumeEnabled) }),
  };
  return body;
}

async function dryrun(
  context: CliContext,
  connection: Connection,
  asked: LaunchRequest,
  body: CallBody<"launch">,
  log: Output,
): Promise<number> {
  if (asked.output === "json") {
    const response = await call(connection, "plan", { body });
    printJson(context, await response.json());
    return 0;
  }
  await runRequest(context, connection, { body, name: "launch", log });
  return 0;
}

/** Asks, unless the cluster is there and up. True when the plan was shown, and need not be again. */
async function askFirst(
  context: CliContext,
  connection: Connection,
  cluster: string,
  task: string,
  log: Output,
): Promise<boolean> {
  const known = readClusters(
    await ask(connection, "status", {
      cluster_names: [cluster],
      refresh: "NONE",
      all_users: true,
      include_credentials: false,
      include_handle: false,
      summary_response: false,
    }),
  );
  const status = textField(known[0]?.raw, "status");
  if (status === clusterState.UP) return false;
  if (status !== undefined) {
    const question =
      status === clusterState.STOPPED
        ? `Restart the stopped cluster '${cluster}'?`
        : `Go on with cluster '${cluster}', which is ${status}?`;
    await confirm(context, question, { yes: false });
    return false;
  }
  await runRequest(context, connection, {
    body: { dag: task, request_options: null, minimize: 0, ...widthOf(log) },
    name: "optimize",
    log,
  });
  await confirm(context, `Launching a new cluster '${cluster}'. Proceed?`, { yes: false });
  return true;
}
