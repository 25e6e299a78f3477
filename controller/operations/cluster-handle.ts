// A cluster as clients know it: the handle (where it is), and the row of `status`.
import { resourcesFull, resourcesShort } from "#controller/core/cluster/display.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";

/** JSON in place of the pickle that older servers sent; clients from API 56 on take it. */
export function clusterHandle(cluster: ClusterRecord): Record<string, unknown> | null {
  const { placement } = cluster;
  if (placement === null) return null;
  const infra = [placement.cloud, placement.region, placement.zone].filter((part) => part !== null).join("/");
  return {
    cluster_name: cluster.name,
    cluster_name_on_cloud: cluster.cid,
    cluster_yaml: null,
    launched_nodes: cluster.nodeCount,
    // Names of own clouds and their types would be refused by clients that check them against their list.
    launched_resources: {
      ...(placement.cloud === "local" ? {} : { infra, instance_type: placement.instanceType }),
      cpus: String(placement.cpus),
      memory: String(placement.memoryGib),
      ...(placement.accelerator === null ? {} : { accelerators: `${placement.accelerator.name}:${placement.accelerator.count}` }),
    },
    stable_internal_external_ips: cluster.instances.map((instance) => [instance.internalIp, instance.externalIp ?? instance.internalIp]),
    stable_ssh_ports: cluster.instances.map(() => 22),
    ssh_user: null,
    docker_user: null,
    is_grpc_enabled: false,
    provision_runtime_metadata: {},
  };
}

export interface StatusExtras {
  readonly lastEvent: string | null;
  readonly includeHandle: boolean;
  readonly summary: boolean;
}

export function statusRow(cluster: ClusterRecord, extras: StatusExtras): Record<string, unknown> {
  const { placement } = cluster;
  const isUnhealthy = cluster.state === "INIT" && cluster.everUp;
  return {
    name: cluster.name,
    launched_at: seconds(cluster.launchedAt),
    ...(extras.includeHandle ? { handle: clusterHandle(cluster) } : {}),
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
    init_kind: cluster.state === "INIT" ? (isUnhealthy ? "unhealthy" : "launching") : null,
    init_status_reason: isUnhealthy ? extras.lastEvent : null,
    nodes: cluster.nodeCount,
    resources_str: placement === null ? null : resourcesShort(cluster.nodeCount, placement),
    resources_str_full: placement === null ? null : resourcesFull(cluster.nodeCount, placement, cluster.resources),
    cloud: placement?.cloud ?? null,
    region: placement?.region ?? null,
    cpus: placement === null ? null : String(placement.cpus),
    memory: placement === null ? null : String(placement.memoryGib),
    accelerators: placement?.accelerator == null ? null : `${placement.accelerator.name}:${placement.accelerator.count}`,
    labels: cluster.resources.labels ?? {},
    cluster_name_on_cloud: cluster.cid,
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
