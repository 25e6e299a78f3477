// Makes a row for machines that run without one, from what their head has, and lets the head in again. Every step may be repeated.
import { attemptState } from "#shared/lifecycle/attempt.ts";
import { clusterAfter, clusterState } from "#shared/lifecycle/cluster.ts";
import { attemptKey, checkClusterName } from "#controller/core/cluster/names.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { clusterHandle } from "./cluster-handle.ts";
import { lockCluster } from "./cluster-lock.ts";
import { providerError, requireCluster } from "./find-cluster.ts";
import { readLeakFacts, type LeakFacts } from "./leak-facts.ts";
import type { OperationContext } from "./operation.ts";
import { askNodes } from "./reach-head.ts";
import { refreshCluster } from "./refresh-cluster.ts";

/** A refused head asks again every 5 s. */
const HEAD_MS = 20_000;
const HEAD_POLL_MS = 250;

export interface Adoption {
  readonly cid: string;
  readonly provider: Provider;
  /** null: the name its head has. */
  readonly name: string | null;
}

/** `{name, cid, state, handle}` of the cluster. Throws cluster-name-taken, agent-refused when its head says nothing. */
export async function adoptCluster(
  context: OperationContext,
  { cid, provider, name }: Adoption,
): Promise<Record<string, unknown>> {
  const { world, signal, log } = context;
  const listed = await provider.list({ place: provider.everywhere, cid }, signal);
  if (!listed.ok) throw providerError(`cannot list the machines of '${cid}'`, listed);
  const instances = listed.value.toSorted((left, right) => Number(left.nid.slice(1)) - Number(right.nid.slice(1)));
  const facts = await readLeakFacts(world.shell, instances);
  if (facts === null)
    throw new StixError({
      code: "agent-refused",
      message: `the machines of '${cid}' do not say what they are: their head has no readable configuration`,
      hint: `stix doctor leaks --remove ${cid}`,
    });
  const wanted = name ?? facts.name;
  checkClusterName(wanted);
  await lockCluster(context, wanted);
  await insertRow(context, { cid, name: wanted, instances, facts });
  await ensureAttempt(context, { cid, instances, facts });
  await world.agents.adopt({
    cid,
    clusterName: wanted,
    busPort: facts.node.bus?.port ?? 0,
    bootToken: facts.node.bootToken,
  });
  const isHeadHeard = await headAnswers(context, cid, instances);
  await refreshCluster(world, await requireCluster(world, wanted), { signal, evenBusy: true });
  const cluster = await requireCluster(world, wanted);
  log.line(adoptedText(wanted, cluster.state, isHeadHeard));
  if (facts.left === null)
    log.line(`Its owner, its price and the command that made it are not known; it is yours now.`);
  return { name: wanted, cid, state: cluster.state, handle: clusterHandle(world, cluster) };
}

function adoptedText(name: string, state: string, isHeadHeard: boolean): string {
  if (isHeadHeard)
    return `Cluster '${name}' is back: ${state}. Its jobs went on; queue, logs, exec and down work as before.`;
  if (state === clusterState.STOPPED) return `Cluster '${name}' is back: STOPPED. To start it: stix start ${name}`;
  return `Cluster '${name}' is known again, but its head does not answer: down works; for queue, logs and exec: stix start ${name}`;
}

interface NewRow {
  readonly cid: string;
  readonly name: string;
  readonly instances: readonly Instance[];
  readonly facts: LeakFacts;
}

/** What is taken back stands in the ledger like what was made here, under the key that its machines carry. */
async function ensureAttempt(
  { world, request }: OperationContext,
  { cid, instances, facts }: Pick<NewRow, "cid" | "instances" | "facts">,
): Promise<void> {
  await world.clusters.addAttempt({
    id: instances[0]?.attempt ?? attemptKey(cid, 1),
    cid,
    requestId: request.id,
    round: 1,
    placement: facts.placement,
    state: attemptState.adopted,
    startedAt: world.clock.now(),
    endedAt: null,
    failure: null,
    removal: null,
  });
}

async function insertRow({ world, request }: OperationContext, { cid, name, instances, facts }: NewRow): Promise<void> {
  // An earlier run of this request has made it.
  if ((await world.clusters.get(cid)) !== null) return;
  if ((await world.clusters.findByName(name)) !== null) {
    throw new StixError({
      code: "cluster-name-taken",
      message: `another cluster is called '${name}'`,
      hint: `stix doctor adopt ${cid} --name NAME`,
    });
  }
  const { left, node } = facts;
  const head = instances[0];
  const now = world.clock.now();
  await world.clusters.insert({
    cid,
    name,
    state: clusterAfter(null, "adopt"),
    userHash: left?.userHash ?? request.userHash,
    userName: left?.userName ?? request.userName,
    workspace: left?.workspace ?? "default",
    nodeCount: facts.nodeCount,
    placement: facts.placement,
    resources: facts.resources,
    instances,
    autostop: node.autostop,
    everUp: true,
    madeBy: request.id,
    launchedAt: left?.launchedAt ?? now,
    statusUpdatedAt: now,
    lastUse: left?.lastUse ?? "stix doctor adopt",
    lastCreationYaml: left?.lastCreationYaml ?? null,
    lastCreationCommand: left?.lastCreationCommand ?? null,
    configHash: left?.configHash ?? null,
    headPaths: head === undefined ? null : world.shell.paths(head),
    removedAt: null,
  });
}

/** What its head now does by itself when idle is asked too: the file on the node may be older. */
async function headAnswers(
  { world, signal }: OperationContext,
  cid: string,
  instances: readonly Instance[],
): Promise<boolean> {
  if (!instances.some((each) => each.nid === "n0" && each.state === "running")) return false;
  const deadline = world.clock.monotonic() + HEAD_MS;
  while ((await askNodes({ world, signal }, cid)) === null) {
    if (world.clock.monotonic() > deadline) return false;
    await world.clock.sleep(HEAD_POLL_MS, signal);
  }
  const { autostop } = await world.agents.call(cid, "state", {}, { timeoutMs: HEAD_POLL_MS * 10, signal });
  await world.clusters.change(cid, { autostop });
  return true;
}
