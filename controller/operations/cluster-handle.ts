// A cluster as clients know it: the handle (where it is), and the row of `status`.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { resourcesFull, resourcesShort } from "#controller/core/cluster/display.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { World } from "./operation.ts";

/** JSON in place of the pickle that older servers sent; clients from API 56 on take it. */
export function clusterHandle(world: Pick<World, "catalog">, cluster: ClusterRecord): Record<string, unknown> | null {
  const { placement } = cluster;
  if (placement === null) return null;
  return {
    cluster_name: cluster.name,
    cluster_name_on_cloud: cluster.cid,
    cluster_yaml: null,
    launched_nodes: cluster.nodeCount,
    launched_resources: launchedResources(world, placement),
    stable_internal_external_ips: cluster.instances.map((instance) => [
      instance.internalIp,
      instance.externalIp ?? instance.internalIp,
    ]),
    stable_ssh_ports: cluster.instances.map(() => 22),
    ssh_user: null,
    docker_user: null,
    is_grpc_enabled: false,
    provision_runtime_metadata: {},
  };
}

/**
 * As a task would ask for them. SkyPilot's clients refuse a cloud that is not on their list: one of our own is shown as what
 * they call machines of one's own, with its name as the pool's.
 */
function launchedResources(world: Pick<World, "catalog">, placement: Placement): Record<string, unknown> {
  const infra = [placement.cloud, placement.region, placement.zone].filter((part) => part !== null).join("/");
  return {
    ...(isPublic(world, placement)
      ? { infra, instance_type: placement.instanceType }
      : { infra: `ssh/${placement.cloud}` }),
    cpus: String(placement.cpus),
    memory: String(placement.memoryGib),
    ...acceleratorsOf(placement),
  };
}

/**
 * For `cost_report`, where SkyPilot's client computes the price from the resources and therefore needs a cloud it knows. What
 * costs nothing is shown as a machine of one's own Kubernetes, the one of its clouds whose price is always 0.
 */
export function pricedResources(world: Pick<World, "catalog">, placement: Placement | null): Record<string, unknown> {
  if (placement === null) return {};
  if (isPublic(world, placement)) return launchedResources(world, placement);
  return {
    infra: `kubernetes/${placement.cloud}`,
    instance_type: `${placement.cpus}CPU--${placement.memoryGib}GB`,
    ...acceleratorsOf(placement),
  };
}

function isPublic(world: Pick<World, "catalog">, placement: Placement): boolean {
  return world.catalog().clouds.includes(placement.cloud);
}

function acceleratorsOf({ accelerator }: Placement): Record<string, unknown> {
  return accelerator === null ? {} : { accelerators: `${accelerator.name}:${accelerator.count}` };
}

export interface StatusExtras {
  readonly lastEvent: string | null;
  readonly includeHandle: boolean;
  readonly summary: boolean;
}

export function statusRow(
  world: Pick<World, "catalog">,
  cluster: ClusterRecord,
  extras: StatusExtras,
): Record<string, unknown> {
  const { placement } = cluster;
  const isUnhealthy = cluster.state === clusterState.INIT && cluster.everUp;
  const initKind = isUnhealthy ? "unhealthy" : "launching";
  return {
    name: cluster.name,
    launched_at: seconds(cluster.launchedAt),
    ...(extras.includeHandle ? { handle: clusterHandle(world, cluster) } : {}),
    last_use: cluster.lastUse,
    status: cluster.state,
    autostop: cluster.autostop === null || cluster.autostop.idleMinutes < 0 ? -1 : cluster.autostop.idleMinutes,
    to_down: cluster.autostop !== null && cluster.autostop.idleMinutes >= 0 && cluster.autostop.down,
    owner: null,
    metadata: {},
    cluster_hash: cluster.cid,
    cluster_ever_up: cluster.everUp,
    status_updated_at: seconds(cluster.statusUpdatedAt),
    user_hash: cluster.userHash,
    user_name: cluster.userName,
    config_hash: cluster.configHash,
    workspace: cluster.workspace,
    last_creation_yaml: cluster.lastCreationYaml,
    last_creation_command: cluster.lastCreationCommand,
    is_managed: false,
    last_event: extras.lastEvent,
    init_kind: cluster.state === clusterState.INIT ? initKind : null,
    init_status_reason: isUnhealthy ? extras.lastEvent : null,
    nodes: cluster.nodeCount,
    node_names: cluster.instances.length === 0 ? null : cluster.instances.map(({ instanceId }) => instanceId).join(","),
    resources_str: placement === null ? null : resourcesShort(cluster.nodeCount, placement),
    resources_str_full: placement === null ? null : resourcesFull(cluster.nodeCount, placement, cluster.resources),
    cloud: placement?.cloud ?? null,
    region: placement?.region ?? null,
    cpus: placement === null ? null : String(placement.cpus),
    memory: placement === null ? null : String(placement.memoryGib),
    accelerators: acceleratorText(placement?.accelerator ?? null),
    labels: cluster.resources.labels ?? {},
    cluster_name_on_cloud: cluster.cid,
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function acceleratorText(accelerator: { readonly name: string; readonly count: number } | null): string | null {
  return accelerator === null ? null : `${accelerator.name}:${accelerator.count}`;
}
