// What a node is told when it is made: the file `node.json` (0600) in its agent folder. Written by the controller
// before the skylet starts; the skylet reads it at every start and never writes it.
import { z } from "zod";

const acceleratorSchema = z.object({ name: z.string(), count: z.number().positive() });

export const nodeEntrySchema = z.object({
  /** "n0" is the head. */
  nid: z.string().regex(/^n\d+$/),
  /** Address that other nodes of the cluster reach. */
  ip: z.string(),
  /** What the cloud calls the machine. */
  instanceId: z.string(),
  /** Public nkey the node proves itself with on the cluster bus. */
  busPublicKey: z.string().optional(),
});

export const nodeConfigSchema = z.object({
  v: z.literal(1),
  cid: z.string(),
  /** The name the user gave. */
  clusterName: z.string(),
  nid: z.string(),
  nodes: z.array(nodeEntrySchema).min(1),
  /** HOME of the jobs; sky_workdir and sky_logs live in it. */
  home: z.string(),
  /** Shown to jobs as SKYPILOT_USER. */
  user: z.string(),
  cloud: z.string(),
  region: z.string().nullable(),
  zone: z.string().nullable(),
  /** What the queue may give away on each node. `virtual`: devices that are only counted, not isolated. */
  resources: z.object({
    cpus: z.number().positive(),
    memoryGib: z.number().positive(),
    accelerator: acceleratorSchema.nullable(),
    virtual: z.boolean(),
  }),
  /** How the head reaches the hub. The list of endpoints is read again from `hub.json` beside this file whenever that changes. */
  hub: z.object({
    endpoints: z.array(z.string()).min(1),
    /** NATS credentials (JWT and seed), on the head only: a file name relative to the agent folder. */
    credentialsFile: z.string().nullable(),
    /** CA to pin; null on loopback without TLS. */
    caFile: z.string().nullable(),
  }),
  /** One-time token for the first registration of a new head database. */
  bootToken: z.string(),
  /** The cluster's own bus; null on a single node. */
  bus: z
    .object({
      host: z.string(),
      port: z.number().int(),
      /** nats-server to run, on the head. */
      serverPath: z.string(),
      seedFile: z.string(),
      tls: z.object({ caFile: z.string(), certFile: z.string().nullable(), keyFile: z.string().nullable() }).nullable(),
    })
    .nullable(),
  autostop: z
    .object({
      idleMinutes: z.number(),
      down: z.boolean(),
      waitFor: z.enum(["jobs_and_ssh", "jobs", "none"]),
    })
    .nullable(),
  /**
   * How a node ends itself. `local`: leave the marker `autostop.json` in the node's folder and exit with
   * EXIT_NODE_STOPPED (its supervisor then does not start the skylet again); for `down` the node's folder goes too.
   * `command`: run this argv.
   */
  selfStop: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("local") }),
    z.object({
      kind: z.literal("command"),
      stop: z.array(z.string()).nullable(),
      down: z.array(z.string()).nullable(),
    }),
  ]),
});

export type NodeConfig = z.infer<typeof nodeConfigSchema>;
export type NodeEntry = z.infer<typeof nodeEntrySchema>;

/** The skylet's exit status that tells its supervisor: this node is stopped on purpose, do not start me again. */
export const EXIT_NODE_STOPPED = 75;
/** The skylet's exit status when the controller or a newer incarnation refused it; it must not come back either. */
export const EXIT_FENCED = 76;

/** The file `hub.json`: where the hub is now. A higher `gen` replaces a lower. */
export const hubEndpointsSchema = z.object({ gen: z.number().int(), endpoints: z.array(z.string()).min(1) });

/** Left in a local node's folder by a head that stopped its cluster. */
export const autostopMarkerSchema = z.object({ action: z.enum(["stop", "down"]), at: z.number() });

/** Names inside a node's agent folder. */
export const agentFiles = {
  config: "node.json",
  clusterFacts: "cluster.json",
  hubEndpoints: "hub.json",
  database: "skylet.db",
  pid: "skylet.pid",
  log: "skylet.log",
  jobs: "jobs",
  autostopMarker: "autostop.json",
} as const;
