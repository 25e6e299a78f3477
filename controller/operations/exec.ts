// exec: a job on a cluster that is up, or will be when its launch ends; only its workdir is synced.
import { misfit } from "#controller/core/cluster/fit.ts";
import { execBodySchema } from "#shared/api/bodies.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { awaitLaunch } from "./await-launch.ts";
import { clusterHandle } from "./cluster-handle.ts";
import { jobSpec } from "./job-spec.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { parseRequestTask } from "./parse-request-task.ts";
import { reachCluster, requireNodes, withoutLost } from "./reach-head.ts";
import { requestConfig } from "./request-config.ts";
import { submitJob } from "./submit-job.ts";
import { syncWorkdir } from "./sync-files.ts";

export const exec: Operation = { name: "exec", canResume: true, run: runExec };

async function runExec(context: OperationContext): Promise<unknown> {
  const { world } = context;
  const body = execBodySchema.parse(context.request.body);
  requestConfig(context, body);
  const task = parseRequestTask(world, body.task, body, context.request);
  await awaitLaunch(context, body.cluster_name);
  const reached = await reachCluster(context, body.cluster_name);
  const { cluster } = reached;
  const { placement } = cluster;
  const fits = (wanted: (typeof task.resources.alternatives)[number]) =>
    placement === null ? null : misfit(wanted, task.numNodes, { ...placement, nodeCount: cluster.nodeCount });
  const wanted = task.resources.alternatives.find((each) => fits(each) === null);
  if (wanted === undefined) {
    throw new StixError({
      code: "resources-mismatch",
      message: `the task does not fit on cluster '${cluster.name}': ${fits(task.resources.alternatives[0] ?? {}) ?? ""}`,
      hint: "stix status shows what the cluster has",
    });
  }
  requireNodes(reached, task.numNodes);
  if (body.dryrun) return { job_id: null, handle: clusterHandle(world, cluster) };
  await syncWorkdir(context, withoutLost(reached), task);
  // The row is written while the head works.
  const [jobId] = await Promise.all([
    task.run === undefined
      ? null
      : submitJob(
          context,
          cluster,
          jobSpec(context.request, cluster, task, { withSetup: false, resources: wanted }),
          body.stix_copies,
        ),
    world.clusters.change(cluster.cid, { lastUse: body.entrypoint_command }),
  ]);
  return { job_id: jobId, handle: clusterHandle(world, cluster) };
}
