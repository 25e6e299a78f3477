// cost_report and cluster_events: what clusters cost and what happened to them, from the store alone.
import type { ClusterRecord, CostInterval } from "#controller/ports/clusters.ts";
import { clusterEventTypes } from "#controller/ports/clusters.ts";
import { clusterEventsBodySchema, costReportBodySchema } from "#shared/api/bodies.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { pricedResources } from "./cluster-handle.ts";
import type { Operation, OperationContext, World } from "./operation.ts";

const DAY_MS = 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;
const EVENTS_LIMIT = 1_000;

export const costReport: Operation = { name: "cost_report", canResume: true, run: runCostReport };
export const clusterEvents: Operation = {
  name: "cluster_events",
  canResume: true,
  run: runClusterEvents,
};

async function runCostReport({ world, request }: OperationContext): Promise<unknown> {
  const body = costReportBodySchema.parse(request.body);
  const now = world.clock.now();
  const since = body.days === null || body.days === 0 ? 0 : now - body.days * DAY_MS;
  const clusters = [...(await world.clusters.list()), ...(await world.clusters.listRemoved(since))];
  const asked = clusters.filter(
    (cluster) =>
      (body.cluster_names?.includes(cluster.name) ?? true) && (body.cluster_hashes?.includes(cluster.cid) ?? true),
  );
  return await Promise.all(
    asked.map(async (cluster) => costRow(world, cluster, await world.clusters.intervals(cluster.cid), now)),
  );
}

function costRow(
  world: World,
  cluster: ClusterRecord,
  intervals: readonly CostInterval[],
  now: number,
): Record<string, unknown> {
  const durationMs = intervals.reduce((sum, each) => sum + (each.endedAt ?? now) - each.startedAt, 0);
  const cost = intervals.reduce(
    (sum, each) => sum + (((each.endedAt ?? now) - each.startedAt) / HOUR_MS) * each.priceUsdPerHour * each.nodeCount,
    0,
  );
  return {
    name: cluster.name,
    launched_at: Math.floor(cluster.launchedAt / 1000),
    duration: Math.round(durationMs / 1000),
    num_nodes: cluster.nodeCount,
    resources: pricedResources(world, cluster.placement),
    cluster_hash: cluster.cid,
    usage_intervals: intervals.map((each) => [
      Math.floor(each.startedAt / 1000),
      each.endedAt === null ? null : Math.floor(each.endedAt / 1000),
    ]),
    status: cluster.removedAt === null ? cluster.state : null,
    total_cost: cost,
    cost_per_hour: (cluster.placement?.priceUsdPerHour ?? 0) * cluster.nodeCount,
    user_hash: cluster.userHash,
    user_name: cluster.userName,
    workspace: cluster.workspace,
    cloud: cluster.placement?.cloud ?? null,
    region: cluster.placement?.region ?? null,
    last_creation_command: cluster.lastCreationCommand,
  };
}

async function runClusterEvents({ world, request }: OperationContext): Promise<unknown> {
  const body = clusterEventsBodySchema.parse(request.body);
  const type = clusterEventTypes.find((each) => each === body.event_type);
  if (type === undefined)
    throw new StixError({
      code: "bad-value",
      message: `'${body.event_type}' is no kind of event`,
      hint: `one of ${clusterEventTypes.join(", ")}`,
    });
  const cluster =
    body.cluster_hash !== null
      ? await world.clusters.get(body.cluster_hash)
      : await world.clusters.findByName(body.cluster_name ?? "");
  if (cluster === null)
    throw new StixError({
      code: "cluster-not-found",
      message: `cluster '${body.cluster_name ?? body.cluster_hash ?? ""}' does not exist`,
      hint: "stix status lists the clusters",
    });
  const events = await world.clusters.events(cluster.cid, type, body.limit ?? EVENTS_LIMIT);
  if (!body.include_timestamps) return events.map((event) => event.reason);
  return events.map((event) => ({
    reason: event.reason,
    transitioned_at: Math.floor(event.at / 1000),
    starting_status: event.fromState,
    ending_status: event.toState,
    request_id: event.requestId,
  }));
}
