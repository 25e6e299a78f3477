// Waits for the launch (or start) that is at work on a cluster, so that what was typed meanwhile finds the cluster made.
import type { RequestRecord } from "#controller/ports/requests.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { isRequestTerminal } from "#shared/lifecycle/request.ts";
import { makersOf } from "./find-cluster.ts";
import type { OperationContext } from "./operation.ts";

const POLL_FIRST_MS = 20;
const POLL_MOST_MS = 250;
const NEXT_WORD_MS = 30_000;

/**
 * Resolves when the cluster is UP, or nobody is making it. The launch's whole request is waited for: its own job is in the queue
 * then, before the caller's. Only requests older than this one are waited for, so two never wait for each other, and what is
 * waited for has its place in the lane. Throws cluster-not-up when the launch ended without a cluster.
 */
export async function awaitLaunch(context: OperationContext, name: string): Promise<void> {
  const { world, request } = context;
  if ((await world.clusters.findByName(name))?.state === "UP") return;
  const maker = (await makersOf(world, name)).find(
    (each) => each.id !== request.id && each.createdAt <= request.createdAt,
  );
  if (maker === undefined) return;
  const ended = await endOf(context, maker, name);
  if (ended === null || ended.state === "SUCCEEDED") return await awaitLaunch(context, name);
  const cluster = await world.clusters.findByName(name);
  if (cluster?.state === "UP") return;
  throw new StixError({
    code: "cluster-not-up",
    message: `cluster '${name}' did not come up: its ${maker.name} ${ended.state === "CANCELLED" ? "was cancelled" : `failed: ${ended.failure?.message ?? "unknown"}`}`,
    hint:
      ended.state === "FAILED" && ended.failure !== null ? ended.failure.hint : `stix api logs ${maker.id.slice(0, 8)}`,
    details: { request: maker.id },
  });
}

/** The request when it has ended; null when it was pruned. */
async function endOf(context: OperationContext, maker: RequestRecord, name: string): Promise<RequestRecord | null> {
  const { world, signal, log } = context;
  const short = maker.id.slice(0, 8);
  log.line(
    `Cluster '${name}' is not up yet: waiting for its ${maker.name} (request ${short}; stix api logs ${short} follows it).`,
  );
  await context.waiting(`the ${maker.name} of cluster '${name}' is under way`);
  let wordAt = world.clock.monotonic() + NEXT_WORD_MS;
  for (let pause = POLL_FIRST_MS; ; pause = Math.min(POLL_MOST_MS, pause * 2)) {
    const now = await world.requests.get(maker.id);
    if (now === null || isRequestTerminal(now.state)) {
      await context.waiting(null);
      return now;
    }
    if (world.clock.monotonic() >= wordAt) {
      log.line(
        `Still waiting for the ${maker.name} of cluster '${name}' (request ${short}${now.statusMessage === null ? "" : `: ${now.statusMessage}`}).`,
      );
      wordAt = world.clock.monotonic() + NEXT_WORD_MS;
    }
    await world.clock.sleep(pause, signal);
  }
}
