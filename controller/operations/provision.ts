// Makes a cluster real: intent first, then machines, then agents, until its head has registered. Every step may be repeated.
import { realTime } from "#shared/clock.ts";
import { clusterAfter } from "#shared/lifecycle/cluster.ts";
import { clusterId } from "#controller/core/cluster/names.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { AutostopRequest, Resources } from "#shared/task/task.ts";
import { agentsFail, bootstrapNodes } from "./bootstrap-node.ts";
import { clusterAt, providerError, providerOf, requireCluster } from "./find-cluster.ts";
import type { OperationContext } from "./operation.ts";
import { inOrder } from "./provision/attempts.ts";
import { tellProgress, type Progress } from "./tell-progress.ts";
import { reviveNodes } from "./revive-nodes.ts";

const SUFFIX_LENGTH = 6;
/** A local head registers in well under a second; on a cloud the machine must boot. */
const HEAD_DEADLINE_MS = 10 * 60_000;

export interface NewCluster {
  readonly name: string;
  readonly nodeCount: number;
  readonly resources: Resources;
  readonly autostop: AutostopRequest | null;
  readonly lastUse: string;
  readonly creationYaml: string | null;
  readonly configHash: string;
}

/** The row of a new cluster, in INIT; the one an earlier run of this request made, when there is one. */
export async function ensureClusterRow(context: OperationContext, wish: NewCluster): Promise<ClusterRecord> {
  const { world, request } = context;
  const found = await world.clusters.findByName(wish.name);
  if (found !== null) return found;
  const now = world.clock.now();
  await world.clusters.insert({
    cid: clusterId(wish.name, world.random.token(SUFFIX_LENGTH)),
    name: wish.name,
    state: clusterAfter(null, "launch"),
    userHash: request.userHash,
    userName: request.userName,
    workspace: request.workspace,
    nodeCount: wish.nodeCount,
    placement: null,
    resources: wish.resources,
    instances: [],
    autostop: wish.autostop,
    everUp: false,
    madeBy: request.id,
    launchedAt: now,
    statusUpdatedAt: now,
    lastUse: wish.lastUse,
    lastCreationYaml: wish.creationYaml,
    lastCreationCommand: wish.lastUse,
    configHash: wish.configHash,
    headPaths: null,
    removedAt: null,
  });
  return await requireCluster(world, wish.name);
}

/** Agents on all machines, the head registered, the cluster UP. */
export async function bringUp(context: OperationContext, cluster: ClusterRecord): Promise<ClusterRecord> {
  const { world, request, signal } = context;
  await bootstrapNodes({ world, cluster, signal });
  await waitForHead(context, cluster);
  const head = headOf(cluster);
  await world.clusters.step(cluster.cid, {
    event: "well",
    reason: "all nodes run",
    at: world.clock.now(),
    requestId: request.id,
    change: { everUp: true, headPaths: world.shell.paths(head) },
  });
  return await requireCluster(world, cluster.name);
}

/** Starts stopped machines again, at the same place. */
export async function restartMachines(context: OperationContext, cluster: ClusterRecord): Promise<ClusterRecord> {
  const { world, request, signal } = context;
  const provider = await providerOf(world, cluster);
  const power = requirePower(provider, cluster.name, "start");
  await world.clusters.step(cluster.cid, {
    event: "start",
    reason: "it is being started",
    at: world.clock.now(),
    requestId: request.id,
    change: { launchedAt: world.clock.now() },
  });
  const started = await power.start(clusterAt(cluster), signal);
  if (!started.ok) throw providerError(`cannot start cluster '${cluster.name}'`, started);
  await world.clusters.step(cluster.cid, {
    event: "make",
    reason: "its machines run",
    at: world.clock.now(),
    requestId: request.id,
    change: { instances: await listed(provider, cluster, signal) },
  });
  return await requireCluster(world, cluster.name);
}

export async function listed(
  provider: Provider,
  cluster: ClusterRecord,
  signal: AbortSignal,
): Promise<readonly Instance[]> {
  const answer = await provider.list(clusterAt(cluster), signal);
  if (!answer.ok) throw providerError(`cannot list the machines of cluster '${cluster.name}'`, answer);
  return inOrder(answer.value);
}

/** Throws not-supported. */
export function requirePower(provider: Provider, name: string, what: "stop" | "start"): NonNullable<Provider["power"]> {
  if (provider.power !== null) return provider.power;
  throw new StixError({
    code: "not-supported",
    message: `'${provider.cloud}' cannot ${what} machines`,
    hint: `stix down ${name} removes the cluster`,
  });
}

export function placeText(placement: Placement): string {
  return placement.zone === null
    ? `${placement.cloud} (${placement.region})`
    : `${placement.cloud} (${placement.zone})`;
}

function headOf(cluster: ClusterRecord): Instance {
  const head = cluster.instances[0];
  if (head === undefined)
    throw new StixError({
      code: "provision-failed",
      message: `cluster '${cluster.name}' has no machines`,
      hint: `stix down ${cluster.name}, then launch it again`,
    });
  return head;
}

async function waitForHead(context: OperationContext, cluster: ClusterRecord): Promise<void> {
  const deadline = realTime.deadline(HEAD_DEADLINE_MS);
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, deadline, over.signal]);
  try {
    const failure = agentsFail({ world: context.world, cluster, signal });
    // Only a cluster that was up before has nodes that may be stuck; a new one's machines take their time.
    const others = cluster.everUp ? [failure, reviveNodes(context, cluster, signal)] : [failure];
    const progress: Progress = { up: null, nodes: cluster.nodeCount };
    const told = tellProgress(progress, { clock: context.world.clock, log: context.log }, signal);
    const ready = context.world.agents.waitForHead(cluster.cid, cluster.nodeCount, signal, (up) => {
      progress.up = up;
    });
    await Promise.race([ready, told, ...others]);
  } catch (error) {
    if (!deadline.aborted || context.signal.aborted) throw error;
    throw new StixError({
      code: "agent-unreachable",
      message: `the head of cluster '${cluster.name}' did not report within ${HEAD_DEADLINE_MS / 60_000} minutes`,
      hint: `stix logs --provision ${cluster.name}`,
      cause: error,
    });
  } finally {
    over.abort();
  }
}
