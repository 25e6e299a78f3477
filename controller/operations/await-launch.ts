// Waits for the launch (or start) that is at work on a cluster, so that what was typed meanwhile finds the cluster made.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { requestState, isRequestTerminal } from "#shared/lifecycle/request.ts";
import { makersOf } from "./find-cluster.ts";
import type { OperationContext } from "./operation.ts";
import { Pause, waitsFor } from "./pause.ts";

const NEXT_WORD_MS = 30_000;

/**
 * Comes back when the cluster is UP, or nobody is making it; pauses until then. The launch's whole request is waited for: its own
 * job is in the queue then, before the caller's. Only requests older than this one are waited for, so two never wait for each
 * other. Throws cluster-not-up when the launch ended without a cluster.
 */
export async function awaitLaunch(context: OperationContext, name: string): Promise<void> {
  const { world, request } = context;
  if ((await world.clusters.findByName(name))?.state === clusterState.UP) return;
  await requireGoodEnd(context, name);
  const maker = (await makersOf(world, name)).find(
    (each) => each.id !== request.id && each.createdAt <= request.createdAt,
  );
  if (maker !== undefined) pauseFor(context, maker, name);
}

/** Of the request that this one waited for last, when it has ended. */
async function requireGoodEnd({ world, request }: OperationContext, name: string): Promise<void> {
  const awaited = request.wakeOn?.startsWith(AWAITED) === true ? request.wakeOn.slice(AWAITED.length) : null;
  const ended = awaited === null ? null : await world.requests.get(awaited);
  if (ended === null || !isRequestTerminal(ended.state) || ended.state === requestState.SUCCEEDED) return;
  throw new StixError({
    code: "cluster-not-up",
    message: `cluster '${name}' did not come up: its ${ended.name} ${ended.state === requestState.CANCELLED ? "was cancelled" : `failed: ${ended.failure?.message ?? "unknown"}`}`,
    hint:
      ended.state === requestState.FAILED && ended.failure !== null
        ? ended.failure.hint
        : `stix api logs ${ended.id.slice(0, 8)}`,
    details: { request: ended.id },
  });
}

const AWAITED = "request:";

/** Taken up again when the maker has ended, and now and then to say that it has not. */
function pauseFor(context: OperationContext, maker: RequestRecord, name: string): never {
  const { world, log } = context;
  const short = maker.id.slice(0, 8);
  const on = `${AWAITED}${maker.id}`;
  log.line(
    waitsFor(context, on) === 0
      ? `Cluster '${name}' is not up yet: waiting for its ${maker.name} (request ${short}; stix api logs ${short} follows it).`
      : `Still waiting for the ${maker.name} of cluster '${name}' (request ${short}${maker.statusMessage === null ? "" : `: ${maker.statusMessage}`}).`,
  );
  throw new Pause({
    on,
    until: world.clock.now() + NEXT_WORD_MS,
    message: `the ${maker.name} of cluster '${name}' is under way`,
  });
}
