// What must be true when all requests have ended, the clouds are well, and the reaper has had its time.
import type { ClusterStore } from "#controller/ports/clusters.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import { isRequestTerminal } from "#shared/lifecycle/request.ts";
import type { TwinAgents } from "../../twins/twin-agents.ts";
import type { WildCloud } from "./wild-cloud.ts";

interface End {
  readonly requests: readonly RequestRecord[];
  readonly store: ClusterStore;
  readonly clouds: readonly WildCloud[];
  readonly heads: TwinAgents;
  /** Somebody cancelled a launch: what it had stays in its cluster, which is INIT, until it is launched again or taken down. */
  readonly isCancelled: boolean;
}

export async function judge(end: End): Promise<{ readonly broken: readonly string[]; readonly attempts: number }> {
  const machines = await judgeMachines(end);
  return { broken: [...judgeRequests(end), ...machines.broken], attempts: machines.attempts };
}

function judgeRequests({ requests, heads, clouds }: End): string[] {
  const jobs = new Set(
    clouds.flatMap(({ machines }) =>
      [...machines.values()].flatMap((all) => all.flatMap(({ cid }) => [...heads.head(cid).idems.keys()])),
    ),
  );
  const isDownAsked = requests.some((request) => request.name === "down");
  return requests.flatMap(({ id, name, state, failure }) => [
    ...(isRequestTerminal(state) ? [] : [`${name} ${id} did not end: ${state}`]),
    ...(failure?.code === "internal" ? [`${name} ${id} broke: ${failure.message}`] : []),
    ...(name === "launch" && state === "SUCCEEDED" && !isDownAsked && !jobs.has(id)
      ? [`${name} ${id} succeeded without a job`]
      : []),
  ]);
}

async function judgeMachines({ store, clouds, isCancelled }: End): Promise<{ broken: string[]; attempts: number }> {
  const broken: string[] = [];
  const living = await store.list();
  const found = clouds.flatMap(({ provider, machines }) =>
    [...machines].map(([attempt, all]) => ({
      cloud: provider.cloud,
      attempt,
      cid: all[0]?.cid ?? "",
      count: all.length,
    })),
  );
  for (const { cloud, attempt, cid } of found) {
    const cluster = living.find((each) => each.cid === cid);
    const row = (await store.attempts(cid)).find((each) => each.id === attempt);
    if (cluster === undefined)
      broken.push(`machines of ${attempt} at ${cloud} belong to no cluster (${row?.state ?? "no row"})`);
    else if (cluster.state !== "UP" && !isCancelled)
      broken.push(`machines of ${attempt} at ${cloud} belong to a cluster that is ${cluster.state}`);
    if (cluster !== undefined && row?.state !== "adopted" && (!isCancelled || row?.state === "removed"))
      broken.push(`machines of ${attempt} at ${cloud} exist, and the ledger says ${row?.state ?? "nothing"}`);
  }
  for (const cluster of living) {
    const own = found.filter(({ cid }) => cid === cluster.cid);
    if (own.length > 1) broken.push(`${cluster.name} has ${own.length} sets of machines`);
    if (cluster.state === "UP" && (own[0]?.count !== cluster.nodeCount || own[0]?.cloud !== cluster.placement?.cloud))
      broken.push(
        `${cluster.name} is UP with ${own[0]?.count ?? 0} of ${cluster.nodeCount} machines at ${own[0]?.cloud ?? "no cloud"}`,
      );
  }
  const open = await store.openAttempts();
  for (const { id, state, cid } of open) {
    const cluster = living.find((each) => each.cid === cid);
    if (cluster === undefined) broken.push(`${id} is ${state}, and its cluster is gone`);
    else if (state !== "adopted" && (!isCancelled || state === "removing" || state === "failed"))
      broken.push(`${id} is ${state} for ever`);
    else if (state === "adopted" && !found.some(({ attempt }) => attempt === id))
      broken.push(`${id} is adopted, and has no machines`);
  }
  const all = await Promise.all(
    [...living, ...(await store.listRemoved(0))].map(async ({ cid }) => (await store.attempts(cid)).length),
  );
  return { broken, attempts: all.reduce((sum, count) => sum + count, 0) };
}
