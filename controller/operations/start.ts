// start: a stopped cluster's machines run again, at the same place.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { startBodySchema } from "#shared/api/bodies.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { clusterHandle } from "./cluster-handle.ts";
import { lockCluster } from "./cluster-lock.ts";
import { requireCluster } from "./find-cluster.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { bringUp, restartMachines } from "./provision.ts";
import { isLeaving } from "./remove-cluster.ts";
import { applyAutostop } from "./autostop.ts";

export const start: Operation = { name: "start", canResume: true, run: runStart };

async function runStart(context: OperationContext): Promise<unknown> {
  const { world, request, log } = context;
  const body = startBodySchema.parse(request.body);
  await requireCluster(world, body.cluster_name);
  await lockCluster(context, body.cluster_name);
  const cluster = await requireCluster(world, body.cluster_name);
  if (body.down && body.idle_minutes_to_autostop === null)
    throw new StixError({
      code: "bad-value",
      message: "'--down' needs the idle minutes",
      hint: `stix start ${cluster.name} -i 10 --down`,
    });
  if (cluster.placement === null)
    throw new StixError({
      code: "cluster-not-up",
      message: `cluster '${cluster.name}' was never made`,
      hint: `stix launch -c ${cluster.name} FILE`,
    });
  if (await isLeaving(world, cluster))
    throw new StixError({
      code: "cluster-not-up",
      message: `cluster '${cluster.name}' is being taken down`,
      hint: `stix down ${cluster.name}, then launch it again`,
    });
  const isUp = cluster.state === clusterState.UP && !body.force;
  if (!isUp) log.line(`Starting cluster ${cluster.name}.`);
  const up = isUp ? cluster : await bringUp(context, await restartMachines(context, cluster));
  await world.clusters.change(up.cid, { lastUse: body.entrypoint_command });
  if (body.idle_minutes_to_autostop !== null) {
    await applyAutostop(context, up, {
      idleMinutes: body.idle_minutes_to_autostop,
      down: body.down,
      ...(body.wait_for === null ? {} : { waitFor: body.wait_for }),
    });
  }
  log.line(`Cluster started: ${cluster.name}.`);
  return clusterHandle(world, up);
}
