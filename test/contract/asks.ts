// What tests ask of a provider, in short.
import type { Placement } from "#controller/providers/contract/place.ts";
import type { CreateRequest, Doomed, Provider } from "#controller/providers/contract/provider.ts";
import type { Account } from "#controller/providers/contract/environment.ts";

/** All machines of a cluster, or of one attempt at it, wherever they are. */
export function at({ everywhere }: Provider, cid: string, attempt: string | null = null): Doomed {
  return { place: everywhere, cid, attempt };
}

/** Everything of the account. */
export function all({ everywhere }: Provider): { readonly place: Doomed["place"]; readonly cid: null } {
  return { place: everywhere, cid: null };
}

/** Nodes at a place; the attempt is the cluster's first unless it is named. */
export function wish(cid: string, nodeCount: number, placement: Placement, attempt = `${cid}-1`): CreateRequest {
  const { cloud, region, zone, ...machine } = placement;
  return {
    cid,
    attempt,
    clusterName: cid,
    nodeCount,
    place: { cloud, region, zone, workspace: "default" },
    machine,
    resources: {},
  };
}

/** The account of the workspace that everybody begins with; nothing is configured. */
export const plainAccount: Account = {
  workspace: "default",
  config: {},
  sshKey: () => Promise.reject(new Error("this test has no key")),
};
