// The names of all NATS subjects, streams and buckets. Nobody else spells one.

/** Cluster ids are never used twice: a readable stem and a random suffix. */
export const CLUSTER_ID = /^[a-z0-9][a-z0-9-]{0,39}$/;

export const hubSubjects = {
  register: (cid: string) => `stix.v1.up.${cid}.register`,
  eventBatch: (cid: string) => `stix.v1.up.${cid}.ev`,
  heartbeat: (cid: string, nid: string) => `stix.v1.up.${cid}.hb.${nid}`,
  rpc: (cid: string, method: string) => `stix.v1.dn.${cid}.rpc.${method}`,
  allRegister: "stix.v1.up.*.register",
  allEventBatches: "stix.v1.up.*.ev",
  allHeartbeats: "stix.v1.up.*.hb.*",
  clusterEvent: (cid: string, kind: string) => `stix.v1.ev.${cid}.${kind}`,
  controllerEvent: (kind: string) => `stix.v1.ev._ctl.${kind}`,
  allEvents: "stix.v1.ev.>",
  logPush: (cid: string, jid: number, rank: number) => `stix.v1.log.${cid}.${jid}.${rank}`,
  query: (what: "clusters" | "jobs" | "log") => `stix.v1.q.${what}`,
} as const;

export const busSubjects = {
  register: (nid: string) => `bus.v1.up.${nid}.register`,
  heartbeat: (nid: string) => `bus.v1.up.${nid}.hb`,
  exit: (nid: string) => `bus.v1.up.${nid}.exit`,
  allUp: "bus.v1.up.>",
  gang: "bus.v1.all.gang",
  rpc: (nid: string, method: string) => `bus.v1.dn.${nid}.rpc.${method}`,
} as const;

export const EVENT_STREAM = "STIX_EV";
export const STATE_BUCKET = "stix_state";
/** The JetStream domain by which monitors reach both. */
export const MONITOR_DOMAIN = "stix";

export const stateKeys = {
  cluster: (cid: string) => `cluster.${cid}`,
  node: (cid: string, nid: string) => `node.${cid}.${nid}`,
  job: (cid: string, jid: number) => `job.${cid}.${jid}`,
} as const;

export const inboxPrefix = {
  controller: "_INBOX_ctl",
  cluster: (cid: string) => `_INBOX_${cid}`,
  monitor: "_INBOX_mon",
  head: "_INBOX_h",
  worker: (nid: string) => `_INBOX_${nid}`,
} as const;
