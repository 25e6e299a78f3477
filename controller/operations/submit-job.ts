// Hands a job to the cluster's head; the request's id is the key, so that a resumed request submits nothing twice.
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { JobSpec } from "#shared/wire/rpc.ts";
import type { OperationContext } from "./operation.ts";
import { specHash } from "./job-spec.ts";

const SUBMIT_TIMEOUT_MS = 60_000;

/** The id of the job, or of the first of `copies` equal ones, whose ids follow each other. */
export async function submitJob(
  context: OperationContext,
  cluster: ClusterRecord,
  spec: JobSpec,
  copies = 1,
): Promise<number> {
  const { world, request, signal } = context;
  const { jids } = await world.agents.call(
    cluster.cid,
    "job.submit",
    { idem: request.id, specHash: specHash(spec), spec, copies },
    { timeoutMs: SUBMIT_TIMEOUT_MS, signal },
  );
  const jid = jids[0];
  if (jid === undefined) throw new RangeError("the head gave no job id");
  context.log.line(`⚙︎ Job submitted, ID: ${jid}${copies > 1 ? ` to ${jids.at(-1) ?? jid}` : ""}`);
  return jid;
}
