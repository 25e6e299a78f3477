// autostop: the head is told when to stop or remove its cluster by itself; the row keeps the wish for display.
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { autostopBodySchema } from "#shared/api/bodies.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { AutostopRequest } from "#shared/task/task.ts";
import { providerOf } from "./find-cluster.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { reachCluster } from "./reach-head.ts";

const CALL_MS = 30_000;
const SHORTEST_IDLE_MINUTES = 1;

export const autostop: Operation = {
  name: "autostop",
  canResume: true,
  onFullDisk: "ends",
  run: runAutostop,
};

async function runAutostop(context: OperationContext): Promise<unknown> {
  const body = autostopBodySchema.parse(context.request.body);
  if (body.hook !== null)
    throw new StixError({
      code: "not-implemented",
      message: "hooks of autostop are not built yet",
      hint: "leave out --hook",
    });
  const { cluster } = await reachCluster(context, body.cluster_name);
  await applyAutostop(context, cluster, {
    idleMinutes: body.idle_minutes,
    down: body.down,
    ...(body.wait_for === null ? {} : { waitFor: body.wait_for }),
  });
  await context.world.clusters.change(cluster.cid, { lastUse: body.entrypoint_command });
  return null;
}

/** Below 0 minutes: off. 0 becomes 1, as SkyPilot does. Throws not-supported where the machines cannot be stopped. */
export async function applyAutostop(
  context: OperationContext,
  cluster: ClusterRecord,
  asked: AutostopRequest,
): Promise<void> {
  const { world, signal } = context;
  const wish = asked.idleMinutes === 0 ? { ...asked, idleMinutes: SHORTEST_IDLE_MINUTES } : asked;
  await requireAutostop(context, cluster, wish);
  await world.agents.call(
    cluster.cid,
    "autostop.set",
    { autostop: { idleMinutes: wish.idleMinutes, down: wish.down, waitFor: wish.waitFor ?? "jobs_and_ssh" } },
    { timeoutMs: CALL_MS, signal },
  );
  await world.clusters.change(cluster.cid, { autostop: wish.idleMinutes < 0 ? null : wish });
}

async function requireAutostop(
  context: OperationContext,
  cluster: ClusterRecord,
  wish: AutostopRequest,
): Promise<void> {
  if (wish.idleMinutes < 0 || wish.down) return;
  const provider = await providerOf(context.world, cluster);
  const canStop = provider.power !== null && cluster.placement?.useSpot !== true;
  if (!canStop)
    throw new StixError({
      code: "not-supported",
      message: `the machines of cluster '${cluster.name}' cannot be stopped`,
      hint: `stix autostop ${cluster.name} -i ${wish.idleMinutes} --down`,
    });
}
