// The account's claim with the list of revoked users: issued ever newer, written for the next start first, then pushed.
import type { AgentRecords } from "#controller/ports/agent-records.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { shareNext } from "#shared/share-next.ts";
import { CREDENTIALS_DAYS, type HubKeys } from "./hub-keys.ts";

export interface AccountNeeds {
  readonly records: AgentRecords;
  readonly keys: HubKeys;
  now(): number;
  /** Writes the configuration of the next start with this claim. */
  preload(jwt: string): Promise<void>;
  readonly log: (event: string, facts: Readonly<Record<string, unknown>>) => void;
  /** Sends the claim to the running hub; rejects when it did not take it. */
  push(jwt: string): Promise<void>;
}

/**
 * A claim lists at most so many users: 5,000 × 70 bytes stay well under the 1 MB a message may have. Older ones fall off;
 * their machines are long gone, and the desks refuse their clusters anyway.
 */
const MAX_REVOKED = 5_000;

export async function issueAccount(needs: Pick<AccountNeeds, "records" | "keys" | "now">): Promise<string> {
  const now = needs.now();
  const issuedAt = await needs.records.nextAccountIssue(Math.floor(now / 1000));
  // Credentials end by themselves, so a revocation is needed no longer than they live.
  const gone = await needs.records.revoked(now - CREDENTIALS_DAYS * 86_400_000, MAX_REVOKED);
  const revoked = gone.map(({ cid }) => [needs.keys.clusterPublicKey(cid), issuedAt] as const);
  return needs.keys.accountJwt(issuedAt, Object.fromEntries(revoked));
}

/** Calls made while a push is under way share the next one: a thousand removals are a few pushes. */
export function accountPusher(needs: AccountNeeds): () => Promise<void> {
  return shareNext(async () => {
    const jwt = await issueAccount(needs);
    // The list is made anew at the hub's next start: on a full disk a revocation must not fail for its copy.
    await needs.preload(jwt).catch((error: unknown) => needs.log("account-not-preloaded", { error: errorText(error) }));
    await needs.push(jwt);
  });
}
