// Whether a principal may do something: asked for every call and for every operation, answered here and nowhere else.
import type { Principal, Right } from "#shared/access/principal.ts";

/** What is touched: its kind, and where the row of it says so, whose it is. */
export interface Resource {
  /** "clusters", "requests", "prices", …: for the sentence of a refusal. */
  readonly kind: string;
  readonly workspace?: string;
}

export type AccessDecision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** A sentence without its full stop: who, what, why not. */
      readonly reason: string;
      /** What to do about it. */
      readonly hint: string;
    };

/** Pure. Who owns the server has every right; roles of others will be sets of rights. */
export function decideAccess(principal: Principal, action: Right, { kind, workspace }: Resource): AccessDecision {
  if (!principal.rights.includes(action)) {
    return {
      allowed: false,
      reason: `${named(principal)} may not ${verbs[action]} ${kind}`,
      hint: "ask who runs the server for the right to do so",
    };
  }
  if (workspace === undefined || workspace === principal.workspace || principal.rights.includes("administer"))
    return { allowed: true };
  return {
    allowed: false,
    reason: `these ${kind} belong to the workspace '${workspace}', and ${named(principal)} asks from '${principal.workspace}'`,
    hint: `{program} {command} --config active_workspace=${workspace}`,
  };
}

const verbs: Readonly<Record<Right, string>> = { read: "see", change: "change", administer: "administer" };

function named({ userName, userHash }: Principal): string {
  if (userName !== "") return userName;
  return userHash === "" ? "a caller without a name" : `user ${userHash}`;
}
