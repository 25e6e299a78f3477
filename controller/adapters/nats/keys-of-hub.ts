// The keys of this server's hub, which must be those of the hub that the database belongs to.
import type { AgentRecords } from "#controller/ports/agent-records.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { loadHubKeys, type HubKeys } from "./hub-keys.ts";

export interface HubOwner {
  readonly folder: string;
  /** Other servers command the same clusters. */
  readonly isShared?: boolean;
  readonly records: Pick<AgentRecords, "claimHub">;
}

/**
 * Reads or makes the keys. Servers of one database speak to their clusters through one hub: one with keys of its own would
 * reach none of them, and would give new clusters keys that the others do not know. Throws StixError bad-config, damaged-file.
 */
export async function keysOfHub({ folder, isShared, records }: HubOwner): Promise<HubKeys> {
  const keys = await loadHubKeys(`${folder}/keys`);
  if (!isShared || (await records.claimHub(keys.accountId)) === keys.accountId) return keys;
  throw new StixError({
    code: "bad-config",
    message: `the database belongs to servers whose hub has other keys than '${folder}/keys/hub.key'`,
    hint: "set STIX_SHARED_DIR to the folder that those servers share, or STIX_DB to a database of your own; when that folder is lost: DELETE FROM hub_facts WHERE name = 'hub', then stix start each cluster",
  });
}
