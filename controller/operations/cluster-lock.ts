// One request at a time changes a cluster. The lock is a row that a resumed request finds again.
import { isRequestTerminal } from "#shared/lifecycle/request.ts";
import type { OperationContext } from "./operation.ts";

const POLL_FIRST_MS = 10;
const POLL_MOST_MS = 250;

/** Comes back when this request holds the cluster's name; freed when the request ends. Rejects when it is cancelled meanwhile. */
export async function lockCluster(context: OperationContext, clusterName: string): Promise<void> {
  const { world, request, signal } = context;
  const name = `cluster:${clusterName}`;
  let pause = POLL_FIRST_MS;
  let told = false;
  while (!(await world.locks.tryAcquire(name, request.id, world.clock.now()))) {
    signal.throwIfAborted();
    await freeIfForgotten(context, name);
    if (!told && pause > POLL_FIRST_MS * 8) {
      const holder = await holderText(context, name);
      context.log.line(`Waiting for ${holder} on cluster '${clusterName}' to end.`);
      await context.waiting(`${holder} works on cluster '${clusterName}'`);
      told = true;
    }
    await world.clock.sleep(pause, signal);
    pause = Math.min(POLL_MOST_MS, pause * 2);
  }
  if (told) await context.waiting(null);
}

async function holderText({ world }: OperationContext, lock: string): Promise<string> {
  const holder = await world.locks.holderOf(lock);
  const request = holder === null ? null : await world.requests.get(holder);
  if (request === null) return "another request";
  const short = request.id.slice(0, 8);
  return `${request.name} (request ${short}; stix api logs ${short} follows it)`;
}

/** True when some living request works on the cluster. */
export async function isClusterBusy(world: OperationContext["world"], clusterName: string): Promise<boolean> {
  const holder = await world.locks.holderOf(`cluster:${clusterName}`);
  if (holder === null) return false;
  const request = await world.requests.get(holder);
  return request !== null && !isRequestTerminal(request.state);
}

async function freeIfForgotten({ world }: OperationContext, name: string): Promise<void> {
  const holder = await world.locks.holderOf(name);
  if (holder === null) return;
  const request = await world.requests.get(holder);
  if (request === null || isRequestTerminal(request.state)) await world.locks.release(name, holder, world.clock.now());
}
