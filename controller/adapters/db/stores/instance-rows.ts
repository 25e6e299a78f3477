// Machines as rows hold them. Rows of before machines told their attempt and their way in are read as what they were.
import { dirname } from "node:path";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { StoredInstance } from "./stored-shapes.ts";

export interface RowAround {
  readonly placement: Placement | null;
  readonly headPaths: { readonly agent: string } | null;
}

export function wholeInstances(
  stored: readonly StoredInstance[],
  { placement, headPaths }: RowAround,
): readonly Instance[] {
  // Only folders of this machine were nodes then: <cluster>/<node>/agent.
  const folder = headPaths === null ? null : dirname(dirname(headPaths.agent));
  return stored.map((each) => ({
    attempt: null,
    region: placement?.region ?? "",
    zone: placement?.zone ?? null,
    reach: folder === null ? null : { kind: "folder", folder: `${folder}/${each.nid}` },
    ...each,
  }));
}
