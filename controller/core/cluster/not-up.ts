// Says why a cluster cannot be used, and the command that mends it. Pure.
import { clusterState, type ClusterState } from "#shared/lifecycle/cluster.ts";

export interface NotUpFacts {
  readonly name: string;
  readonly state: ClusterState;
  readonly everUp: boolean;
  /** The launch or start that is at work on it. */
  readonly maker: { readonly id: string; readonly name: string } | null;
  /** What was last found out about it. */
  readonly because: string | null;
}

/** `why` goes after "cluster 'x' is INIT: "; "" when the state says all. `hint` can be typed as it is. */
export function explainNotUp({ name, state, everUp, maker, because }: NotUpFacts): {
  readonly why: string;
  readonly hint: string;
} {
  if (maker !== null) return { why: `its ${maker.name} is under way`, hint: `stix api logs ${maker.id.slice(0, 8)}` };
  if (state === clusterState.STOPPED) return { why: "", hint: `stix start ${name}` };
  if (state === clusterState.AUTOSTOPPING)
    return { why: "it was idle and is stopping itself", hint: `stix status --refresh ${name}` };
  if (!everUp) return { why: "its launch did not end", hint: `stix down ${name}` };
  return { why: because ?? "its head does not answer", hint: `stix start ${name}` };
}
