// What a head is told to run: from a task and its cluster, the same for the same request.
import { jobResources, runTimestamp } from "#controller/core/cluster/display.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import type { Resources, Task } from "#shared/task/task.ts";
import type { JobSpec } from "#shared/wire/rpc.ts";

/** By SkyPilot's rule a job takes half a processor of the queue's account on each node. */
const CPUS_A_NODE = 0.5;

export function jobSpec(
  request: RequestRecord,
  cluster: ClusterRecord,
  task: Task,
  options: { readonly withSetup: boolean; readonly resources: Resources },
): JobSpec {
  const asked = options.resources.accelerator ?? null;
  // The queue counts devices by the name the cluster has them under.
  const accelerator =
    asked === null ? null : { name: cluster.placement?.accelerator?.name ?? asked.name, count: asked.count };
  const timestamp = runTimestamp(request.createdAt, request.id);
  return {
    name: task.name ?? null,
    user: request.userName,
    userHash: request.userHash,
    numNodes: task.numNodes,
    cpus: CPUS_A_NODE,
    accelerator,
    setup: options.withSetup ? (task.setup ?? null) : null,
    run: task.run ?? null,
    envs: task.envs,
    secrets: task.secrets,
    resourcesText: jobResources(task.numNodes, accelerator),
    taskIdPrefix: `${timestamp}_${cluster.name}`,
    runTimestamp: timestamp,
    metadata: {},
  };
}

/** Says whether two submissions with one key mean the same job. */
export function specHash(spec: JobSpec): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(spec)).digest("hex");
}

/** What `--fast` compares: the same resources, nodes and setup need no second provisioning. */
export function configHash(task: Task): string {
  const relevant = {
    nodes: task.numNodes,
    resources: task.resources,
    setup: task.setup ?? null,
    fileMounts: task.fileMounts,
  };
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(relevant)).digest("hex");
}
