// Gives a new cluster what it must show and know: credentials, boot token, bus keys and port. The same at every call.
import type { AgentRecords, ClusterDirectory } from "#controller/ports/agent-records.ts";
import type { AdoptedAgents, Enrolment } from "#controller/ports/agents.ts";
import type { Clock } from "#shared/clock.ts";
import { portBand, portsFrom } from "#shared/net/port-band.ts";
import { freePort } from "./daemon.ts";
import type { HubKeys } from "./hub-keys.ts";

export interface EnrolNeeds {
  readonly records: AgentRecords;
  readonly keys: HubKeys;
  readonly directory: ClusterDirectory;
  readonly clock: Clock;
  readonly hub: { readonly gen: number; readonly endpoints: readonly string[]; readonly ca: string | null };
}

const PORT_TRIES = 64;

/** The credentials are fresh; a boot token that was used has given way to the next. */
export async function enrol(
  { records, keys, directory, clock, hub }: EnrolNeeds,
  cid: string,
  nodes: readonly string[],
): Promise<Enrolment> {
  const fresh = keys.clusterCredentials(cid, clock.now());
  const known = await records.find(cid);
  const clusterName = (await directory.find(cid))?.name ?? known?.clusterName ?? cid;
  const record =
    known ??
    (await records.enrol({ cid, clusterName, busPort: await chooseBusPort(cid), credentialsExpireAt: fresh.expireAt }));
  if (known !== null) await records.setCredentialsExpiry(cid, fresh.expireAt);
  return {
    endpoints: hub.endpoints,
    endpointsGen: hub.gen,
    credentials: fresh.credentials,
    ca: hub.ca,
    bootToken: keys.bootToken(cid, record.bootGeneration),
    busKeys: Object.fromEntries(nodes.map((nid) => [nid, keys.busKey(cid, nid)])),
    busPort: record.busPort,
  };
}

/** Tokens of so many generations are tried: one is used up at each new database of a head. */
const GENERATIONS_MAX = 1_000;

/** A record as it was before it was lost. A token that is not ours (the hub's key was lost as well) leaves the first generation. */
export async function adopt(
  { records, keys, clock }: Pick<EnrolNeeds, "records" | "keys" | "clock">,
  { cid, clusterName, busPort, bootToken }: AdoptedAgents,
): Promise<void> {
  const generations = Array.from({ length: GENERATIONS_MAX }, (_, index) => index + 1);
  const bootGeneration = generations.find((generation) => keys.bootToken(cid, generation) === bootToken) ?? 1;
  // When the head's credentials end is not known: it gets new ones at its registration.
  await records.enrol({ cid, clusterName, busPort, credentialsExpireAt: clock.now(), bootGeneration });
}

/** Free on every address of this machine now, given to no connection, and kept with the cluster from then on. Where to begin follows from its id. */
async function chooseBusPort(cid: string): Promise<number> {
  const ports = portsFrom(portBand(), Number(Bun.hash(cid) % 10_000n) / 10_000, PORT_TRIES);
  for (const port of ports) if ((await freePort("0.0.0.0", port).catch(() => 0)) === port) return port;
  return ports[0] ?? 0;
}
