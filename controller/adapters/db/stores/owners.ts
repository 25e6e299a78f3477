// Whose a row is: what belongs to a cluster or a request belongs to its owner.
import { eq } from "drizzle-orm";
import { first, type Orm, type Work } from "../database.ts";
import type { Tables } from "../tables/tables.ts";

export interface Owner {
  readonly userHash: string;
  readonly workspace: string;
}

const nobody: Owner = { userHash: "", workspace: "default" };

/** Of a cluster without a row: nobody. */
export function* ownerOfCluster({ clusters }: Tables, tx: Orm, cid: string): Work<Owner> {
  const { userHash, workspace } = clusters;
  return (yield* first(tx.select({ userHash, workspace }).from(clusters).where(eq(clusters.cid, cid)))) ?? nobody;
}

/** Of a request without a row: nobody. */
export function* ownerOfRequest({ requests }: Tables, tx: Orm, id: string): Work<Owner> {
  const { userHash, workspace } = requests;
  return (yield* first(tx.select({ userHash, workspace }).from(requests).where(eq(requests.id, id)))) ?? nobody;
}
