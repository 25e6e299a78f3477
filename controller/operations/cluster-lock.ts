// One request at a time changes a cluster. The lock is a row that a request finds again, wherever it is gone on with.
import { isRequestTerminal } from "#shared/lifecycle/request.ts";
import type { OperationContext } from "./operation.ts";
import { Pause, waitsFor } from "./pause.ts";

/** What is shorter needs no word. */
const UNTOLD_MS = 150;

/** Comes back when this request holds the cluster's name; freed when the request ends. Pauses while another one has it. */
export async function lockCluster(context: OperationContext, clusterName: string): Promise<void> {
  const { world, request } = context;
  const name = `cluster:${clusterName}`;
  const now = world.clock.now();
  if (await world.locks.tryAcquire(name, request.id, now)) return;
  if ((await freeIfForgotten(context, name)) && (await world.locks.tryAcquire(name, request.id, now))) return;
  const on = `lock:${name}`;
  const waits = waitsFor(context, on);
  if (waits === 0) throw new Pause({ on, until: now + UNTOLD_MS, message: null });
  const holder = await holderText(context, name);
  if (waits === 1) context.log.line(`Waiting for ${holder} on cluster '${clusterName}' to end.`);
  throw new Pause({ on, until: null, message: `${holder} works on cluster '${clusterName}'` });
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

async function freeIfForgotten({ world }: OperationContext, name: string): Promise<boolean> {
  const holder = await world.locks.holderOf(name);
  const request = holder === null ? null : await world.requests.get(holder);
  if (request !== null && !isRequestTerminal(request.state)) return false;
  if (holder !== null) await world.locks.release(name, holder, world.clock.now());
  return true;
}
