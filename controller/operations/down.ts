// down: removes a cluster, whatever state it is in. A launch that is at work on it is cancelled first.
import { requestLife } from "#shared/lifecycle/request.ts";
import { stopOrDownBodySchema } from "#shared/api/bodies.ts";
import { lockCluster } from "./cluster-lock.ts";
import { requireCluster } from "./find-cluster.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { forgetCluster, purgeCluster } from "./remove-cluster.ts";
import { stoppedBy } from "./stop.ts";

const MAKERS = ["launch", "start", "exec"];

export const down: Operation = { name: "down", canResume: true, onFullDisk: "ends", run: runDown };

async function runDown(context: OperationContext): Promise<unknown> {
  const { world, request } = context;
  const body = stopOrDownBodySchema.parse(request.body);
  // One that is gone on with may find that the work is done.
  if (request.token > 1 && (await world.clusters.findByName(body.cluster_name)) === null) return null;
  await requireCluster(world, body.cluster_name);
  await cancelMakers(context, body.cluster_name);
  await lockCluster(context, body.cluster_name);
  const cluster = await world.clusters.findByName(body.cluster_name);
  if (cluster === null) return null;
  if (body.purge) await purgeCluster(context, cluster);
  else await forgetCluster(context, cluster, stoppedBy(request.userName, "terminated"));
  return null;
}

async function cancelMakers({ world, request, log }: OperationContext, clusterName: string): Promise<void> {
  const atWork = await world.requests.list({ clusterName, states: requestLife.open });
  const makers = atWork.filter(
    (each) => each.id !== request.id && MAKERS.includes(each.name) && each.createdAt <= request.createdAt,
  );
  if (makers.length === 0) return;
  log.line(`Cancelling ${makers.map((each) => `${each.name} ${each.id.slice(0, 8)}`).join(", ")}.`);
  await world.cancelRequests(makers.map((each) => each.id));
}
