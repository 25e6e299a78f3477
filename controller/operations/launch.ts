// launch: a cluster for a task (made, started or taken as it is), its files, its job.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { misfit } from "#controller/core/cluster/fit.ts";
import { checkClusterName } from "#controller/core/cluster/names.ts";
import type { BlockedOffer } from "#controller/core/optimizer/request.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { launchBodySchema, type LaunchBody } from "#shared/api/bodies.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { maskYaml } from "#shared/task/mask.ts";
import { mergePorts } from "#shared/task/port-ranges.ts";
import type { AutostopRequest, Resources, Task } from "#shared/task/task.ts";
import { applyAutostop } from "./autostop.ts";
import { clusterHandle } from "./cluster-handle.ts";
import { lockCluster } from "./cluster-lock.ts";
import { refreshCluster } from "./refresh-cluster.ts";
import { configHash, jobSpec } from "./job-spec.ts";
import { forgetCluster, isLeaving } from "./remove-cluster.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { Pause, waitsFor } from "./pause.ts";
import { parsePlannedTask, parseRequestTask } from "./parse-request-task.ts";
import { requestConfig } from "./request-config.ts";
import { planLaunch, tellingWhy, type LaunchPlan } from "./plan-launch.ts";
import { bringUp, placeText, restartMachines } from "./provision.ts";
import { haveMachines } from "./provision/have-machines.ts";
import { submitJob } from "./submit-job.ts";
import { syncFileMounts, syncWorkdir } from "./sync-files.ts";

/** `--down` without minutes: the cluster takes itself down after one idle minute. */
const SHORTEST_IDLE_MINUTES = 1;
const AUTOSTOPPING_POLL_MS = 500;

export const launch: Operation = { name: "launch", canResume: true, run: runLaunch };

async function runLaunch(context: OperationContext): Promise<unknown> {
  const { world, log } = context;
  const body = launchBodySchema.parse(context.request.body);
  checkClusterName(body.cluster_name);
  refuseUnbuilt(body);
  requestConfig(context, body);
  const task = body.dryrun
    ? parsePlannedTask(world, body.task, body, context.request)
    : parseRequestTask(world, body.task, body, context.request);
  const autostop = autostopWish(body, task);
  if (body.dryrun) {
    await planNew(context, body, task, []);
    log.line("Dryrun finished.");
    return { job_id: null, handle: null };
  }
  await lockCluster(context, body.cluster_name);
  const existing = await settledCluster(context, body.cluster_name);
  if (existing !== null) checkFit(existing, task);
  if (existing !== null) await openPorts(context, existing, task);
  const isUnchanged = body.fast && existing?.state === clusterState.UP && existing.configHash === configHash(task);
  const cluster =
    isUnchanged && existing !== null ? existing : await ensureUp(context, { body, task, autostop, existing });
  log.line(`✓ Cluster launched: ${cluster.name}.`);
  await syncWorkdir(context, cluster, task);
  await syncFileMounts(context, cluster, task);
  if (autostop !== null) await applyAutostop(context, cluster, autostop);
  await world.clusters.change(cluster.cid, { lastUse: body.entrypoint_command, configHash: configHash(task) });
  const withSetup = !body.no_setup && !isUnchanged;
  const hasWork = task.run !== undefined || (withSetup && task.setup !== undefined);
  const resources = launchedResources(cluster, task);
  if (withSetup && task.setup !== undefined) log.line("✓ Setup detached.");
  const jobId = hasWork
    ? await submitJob(context, cluster, jobSpec(context.request, cluster, task, { withSetup, resources }))
    : null;
  return { job_id: jobId, handle: clusterHandle(world, (await world.clusters.get(cluster.cid)) ?? cluster) };
}

function refuseUnbuilt(body: LaunchBody): void {
  const refuse = (what: string) =>
    new StixError({ code: "not-implemented", message: `${what} is not built yet`, hint: "leave that option out" });
  if (body.clone_disk_from !== null) throw refuse("'--clone-disk-from'");
  if (body.resize) throw refuse("'--resize'");
  if (body.backend !== null && body.backend !== "cloudvmray") throw refuse(`the backend '${body.backend}'`);
}

/** null: as it is (or none, on a new cluster). */
function autostopWish(body: LaunchBody, task: Task): AutostopRequest | null {
  const fromTask = task.resources.alternatives[0]?.autostop ?? null;
  if (body.idle_minutes_to_autostop === null && !body.down) return fromTask === null ? null : atLeastAMinute(fromTask);
  const idleMinutes = body.idle_minutes_to_autostop ?? fromTask?.idleMinutes ?? SHORTEST_IDLE_MINUTES;
  return atLeastAMinute({ ...fromTask, idleMinutes, down: body.down || (fromTask?.down ?? false) });
}

/** Stated here as well as in autostop: a new cluster gets it with its first configuration. */
function atLeastAMinute(wish: AutostopRequest): AutostopRequest {
  return wish.idleMinutes === 0 ? { ...wish, idleMinutes: SHORTEST_IDLE_MINUTES } : wish;
}

/** The living cluster of the name; pauses while it is stopping itself. */
async function settledCluster(context: OperationContext, name: string): Promise<ClusterRecord | null> {
  const { world, signal } = context;
  const cluster = await world.clusters.findByName(name);
  if (cluster !== null && (await isLeaving(world, cluster))) {
    context.log.line(`Cluster '${name}' was being taken down; finishing that first.`);
    await forgetCluster(context, cluster, "its removal was finished by the next launch");
    return null;
  }
  if (cluster?.state !== clusterState.AUTOSTOPPING) return cluster;
  const on = `autostopping:${cluster.cid}`;
  if (waitsFor(context, on) === 0)
    context.log.line(`Cluster '${name}' is stopping itself; waiting for the end of that.`);
  const now = await refreshCluster(world, cluster, { signal, evenBusy: true });
  if (now?.state !== clusterState.AUTOSTOPPING) return now;
  const until = world.clock.now() + AUTOSTOPPING_POLL_MS;
  throw new Pause({ on, until, message: "the cluster is stopping itself" });
}

/** Throws resources-mismatch. A cluster that was never made real may still become what the task asks. */
function checkFit(cluster: ClusterRecord, task: Task): void {
  const { placement } = cluster;
  if (placement === null || cluster.instances.length === 0) return;
  const reasons = task.resources.alternatives.map((wanted) =>
    misfit(wanted, task.numNodes, { ...placement, nodeCount: cluster.nodeCount }),
  );
  if (reasons.includes(null)) return;
  throw new StixError({
    code: "resources-mismatch",
    message: `the task does not fit on cluster '${cluster.name}': ${reasons[0] ?? ""}`,
    hint: `use another cluster name, or stix down ${cluster.name} first`,
  });
}

/** The two lines around having a cluster's machines, however they are had: SkyPilot's scripts look for the pair. */
async function telling(
  context: OperationContext,
  { placement }: ClusterRecord,
  have: () => Promise<ClusterRecord>,
): Promise<ClusterRecord> {
  if (placement !== null) context.log.line(`⚙︎ Launching on ${placeText(placement)}.`);
  const cluster = await have();
  tellUp(context, cluster);
  return cluster;
}

function tellUp({ log }: OperationContext, { nodeCount }: ClusterRecord): void {
  log.line(`└── ${nodeCount === 1 ? "Instance is" : "Instances are"} up.`);
}

/** Ports that the task asks for beside those that the cluster has. */
async function openPorts({ world, log }: OperationContext, cluster: ClusterRecord, task: Task): Promise<void> {
  const has = cluster.resources.ports ?? [];
  const ports = mergePorts([...has, ...task.resources.alternatives.flatMap((wanted) => wanted.ports ?? [])]);
  if (cluster.instances.length === 0 || ports.join() === mergePorts(has).join()) return;
  // Machines of one's own have no fence to open; a cloud that has one needs a promise of its own.
  if (world.catalog().clouds.includes(cluster.placement?.cloud ?? "")) {
    throw new StixError({
      code: "not-supported",
      message: `cluster '${cluster.name}' is there already, and ports of existing clusters cannot be opened on '${cluster.placement?.cloud ?? ""}' yet`,
      hint: `stix down ${cluster.name}, then launch it with its ports`,
    });
  }
  await world.clusters.change(cluster.cid, { resources: { ...cluster.resources, ports } });
  log.line(`Ports of cluster '${cluster.name}': ${ports.join(", ")}.`);
}

interface UpWish {
  readonly body: LaunchBody;
  readonly task: Task;
  readonly autostop: AutostopRequest | null;
  readonly existing: ClusterRecord | null;
}

async function ensureUp(context: OperationContext, wish: UpWish): Promise<ClusterRecord> {
  const { existing } = wish;
  if (existing?.state === clusterState.UP) {
    context.log.line(`Running task on cluster ${existing.name}...`);
    return await telling(context, existing, async () => existing);
  }
  if (existing?.state === clusterState.STOPPED) {
    context.log.line(`Starting cluster ${existing.name}.`);
    return await telling(context, existing, async () => bringUp(context, await restartMachines(context, existing)));
  }
  if (existing !== null && existing.placement !== null && existing.everUp) {
    context.log.line(`Mending cluster ${existing.name}.`);
    return await telling(context, existing, async () => bringUp(context, await restartMachines(context, existing)));
  }
  return await provisionNew(context, wish);
}

/** A cluster that was never up: its machines are had somewhere, then it is brought up. */
async function provisionNew(context: OperationContext, { body, task, autostop }: UpWish): Promise<ClusterRecord> {
  const cluster = await haveMachines(context, {
    cluster: {
      name: body.cluster_name,
      nodeCount: task.numNodes,
      autostop,
      lastUse: body.entrypoint_command,
      creationYaml: task.userYaml === undefined ? null : maskYaml(task.userYaml),
      configHash: configHash(task),
    },
    retryUntilUp: body.retry_until_up,
    plan: (blocked) => planNew(context, body, task, blocked),
  });
  const up = await bringUp(context, cluster);
  tellUp(context, up);
  return up;
}

async function planNew(
  context: OperationContext,
  body: LaunchBody,
  task: Task,
  blocked: readonly BlockedOffer[],
): Promise<LaunchPlan> {
  const wish = {
    minimize: body.optimize_target,
    blocked,
    columns: body.stix_columns,
    ...(body.dryrun ? { assumeEnabled: body.stix_assume_enabled } : {}),
    ...(body.stix_max_cost === null ? {} : { maxUsdPerHour: body.stix_max_cost }),
  };
  const planning = planLaunch(context.world, task, wish, context.signal);
  const plan = await (blocked.length === 0 ? tellingWhy(context.log, planning) : planning);
  if (!body.quiet_optimizer && context.request.runs <= 1)
    for (const line of plan.planned.table.trimEnd().split("\n")) context.log.line(line);
  return plan;
}

/** The alternative that the cluster satisfies: its devices are what the job asks of the queue. */
function launchedResources(cluster: ClusterRecord, task: Task): Resources {
  const { placement } = cluster;
  const fits = task.resources.alternatives.find(
    (wanted) =>
      placement !== null && misfit(wanted, task.numNodes, { ...placement, nodeCount: cluster.nodeCount }) === null,
  );
  return fits ?? cluster.resources;
}
