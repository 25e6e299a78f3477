// Finds clusters by the names users type.
import { requestLife } from "#shared/lifecycle/request.ts";
import { explainNotUp } from "#controller/core/cluster/not-up.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import type { ClusterAt } from "#controller/providers/contract/capabilities.ts";
import type { FailureKind, ProviderFailure } from "#controller/providers/contract/failure.ts";
import { placeOf } from "#controller/providers/contract/place.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import type { ErrorCode } from "#shared/errors/codes.ts";
import { invariant, StixError } from "#shared/errors/stix-error.ts";
import type { World } from "./operation.ts";

/** Throws cluster-not-found. */
export async function requireCluster(world: World, name: string): Promise<ClusterRecord> {
  const cluster = await world.clusters.findByName(name);
  if (cluster !== null) return cluster;
  throw new StixError({
    code: "cluster-not-found",
    message: `cluster '${name}' does not exist`,
    hint: "stix status lists the clusters",
  });
}

/** Why a cluster cannot be used now, and what brings it (back) up. `because`: what was just found out about it. */
export async function notUp(world: World, cluster: ClusterRecord, because?: string): Promise<StixError> {
  const { name, state } = cluster;
  const [maker] = await makersOf(world, name);
  const [last] = await world.clusters.events(cluster.cid, "STATUS_CHANGE", 1);
  const { why, hint } = explainNotUp({ ...cluster, maker: maker ?? null, because: because ?? last?.reason ?? null });
  return new StixError({
    code: "cluster-not-up",
    message: `cluster '${name}' is ${state}${why === "" ? "" : `: ${why}`}`,
    hint,
    details: { state },
  });
}

/** Unfinished launches and starts of a cluster's name, the oldest first. */
export async function makersOf(world: World, name: string): Promise<readonly RequestRecord[]> {
  const atWork = await world.requests.list({ clusterName: name, states: requestLife.open });
  return atWork.filter((each) => each.name === "launch" || each.name === "start").toReversed();
}

/** Matches `*`, `?` and `[...]` as shells do. */
export function matchesName(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  return /[*?[]/.test(pattern) && new Bun.Glob(pattern).match(name);
}

/** The cloud of a cluster that has a place, or another one at which it had machines. Throws not-supported when this program does not have that cloud. */
export async function providerOf(
  world: World,
  cluster: ClusterRecord,
  cloud = cluster.placement?.cloud ?? "",
): Promise<Provider> {
  const provider = await world.providers.load(cloud, cluster.workspace);
  if (provider !== null) return provider;
  throw new StixError({
    code: "not-supported",
    message: `cluster '${cluster.name}' is on '${cloud}', which this program does not know`,
    hint: `stix down --purge ${cluster.name} forgets it without removing its machines`,
  });
}

/** The machines of a cluster that was given a place. Throws `internal` when it was not. */
export function clusterAt({ cid, placement, workspace }: ClusterRecord): ClusterAt {
  invariant(placement !== null, "only a cluster with a place has machines", { cid });
  return { cid, place: placeOf(placement, workspace) };
}

const refusalCodes: Partial<Record<FailureKind, ErrorCode>> = {
  unsupported: "not-supported",
  capacity: "resources-unavailable",
  quota: "resources-unavailable",
  auth: "no-cloud-access",
};

/** A cloud's refusal as an error for the user. */
export function providerError(what: string, failure: Omit<ProviderFailure, "ok" | "reach">): StixError {
  const code = refusalCodes[failure.kind] ?? "provision-failed";
  return new StixError({
    code,
    message: `${what}: ${failure.message}`,
    hint: failure.hint,
    details: { kind: failure.kind, vendorCode: failure.vendorCode ?? null },
  });
}
