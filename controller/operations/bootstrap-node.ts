// Makes machines into nodes: what each must know is written, then its agent is started. Doing it again changes nothing.
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { Enrolment } from "#controller/ports/agents.ts";
import type { ProviderAnswer } from "#controller/providers/contract/failure.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import { invariant, StixError } from "#shared/errors/stix-error.ts";
import type { ClusterFacts } from "#shared/wire/cluster-facts.ts";
import { agentFiles, type NodeConfig } from "#shared/wire/node-config.ts";
import { providerError } from "./find-cluster.ts";
import type { World } from "./operation.ts";

export interface BootstrapWish {
  readonly world: Pick<World, "agents" | "parts" | "shell">;
  readonly cluster: ClusterRecord;
  readonly signal: AbortSignal;
}

const files = { credentials: "hub.creds", ca: "hub.ca.pem", busSeed: "bus.seed" } as const;

/** All nodes at once, each in its order: configuration and secrets first, the agent last. Throws StixError of the cloud's failure. */
export async function bootstrapNodes({ world, cluster, signal }: BootstrapWish): Promise<void> {
  const { instances, placement } = cluster;
  invariant(placement !== null && instances.length > 0, "a cluster is bootstrapped after its machines were made", {
    cid: cluster.cid,
  });
  const [enrolment, busServer] = await Promise.all([
    world.agents.enroll(
      cluster.cid,
      instances.map((instance) => instance.nid),
    ),
    instances.length > 1 ? world.parts.locate("nats-server") : "",
  ]);
  signal.throwIfAborted();
  await Promise.all(
    instances.map(async (instance) => {
      const { shell } = world;
      const config = nodeConfig(instance, {
        cluster,
        placement,
        enrolment,
        busServer,
        home: shell.paths(instance).home,
      });
      const isHead = instance.nid === instances[0]?.nid;
      const texts = [
        ...nodeTexts(config, enrolment),
        ...(isHead
          ? [[agentFiles.clusterFacts, `${JSON.stringify(clusterFacts(cluster, placement), null, 2)}\n`] as const]
          : []),
      ];
      const written = await Promise.all(texts.map(([name, text]) => shell.writeAgentFile(instance, name, text)));
      for (const answer of written) orThrow(answer, `cannot set up node ${instance.nid} of cluster '${cluster.name}'`);
      signal.throwIfAborted();
      orThrow(
        await shell.startAgent(instance),
        `cannot start the agent of node ${instance.nid} of cluster '${cluster.name}'`,
      );
    }),
  );
}

/** An agent that fails for a passing reason has recovered by then. */
const COMPLAINT_POLL_MS = 500;

/** Never resolves; rejects with setup-failed when an agent of the cluster does not stay up, or with the signal's reason. */
export async function agentsFail({
  world,
  cluster,
  signal,
}: Omit<BootstrapWish, "world"> & { readonly world: Pick<World, "clock" | "shell"> }): Promise<never> {
  for (;;) {
    await world.clock.sleep(COMPLAINT_POLL_MS, signal);
    for (const instance of cluster.instances) {
      const complaint = await world.shell.complaint(instance);
      if (complaint === null) continue;
      throw new StixError({
        code: "setup-failed",
        message: `the agent of node ${instance.nid} of cluster '${cluster.name}' does not start: ${complaint.replace(/^error: /, "")}`,
        hint: `mend that and launch again, or stix down ${cluster.name}`,
      });
    }
  }
}

function orThrow(answer: ProviderAnswer<void>, what: string): void {
  if (!answer.ok) throw providerError(what, answer);
}

interface Knowledge {
  readonly cluster: ClusterRecord;
  readonly placement: Placement;
  readonly enrolment: Enrolment;
  readonly busServer: string;
  readonly home: string;
}

/** Everything a node must know to run its part of the cluster alone. Only the head has credentials of the hub. */
function nodeConfig(instance: Instance, { cluster, placement, enrolment, busServer, home }: Knowledge): NodeConfig {
  const head = cluster.instances[0];
  const isHead = instance.nid === head?.nid;
  const { autostop } = cluster;
  return {
    v: 1,
    cid: cluster.cid,
    clusterName: cluster.name,
    nid: instance.nid,
    nodes: cluster.instances.map(({ nid, internalIp, instanceId }) => {
      const busPublicKey = enrolment.busKeys[nid]?.publicKey;
      return { nid, ip: internalIp, instanceId, ...(busPublicKey === undefined ? {} : { busPublicKey }) };
    }),
    home,
    user: cluster.userName,
    cloud: placement.cloud,
    region: placement.region,
    zone: placement.zone,
    resources: {
      cpus: placement.cpus,
      memoryGib: placement.memoryGib,
      accelerator: placement.accelerator,
      virtual: placement.virtual,
    },
    hub: {
      endpoints: [...enrolment.endpoints],
      credentialsFile: isHead ? files.credentials : null,
      caFile: enrolment.ca === null ? null : files.ca,
    },
    bootToken: isHead ? enrolment.bootToken : "",
    bus:
      busServer === ""
        ? null
        : {
            host: head?.internalIp ?? "",
            port: enrolment.busPort,
            serverPath: busServer,
            seedFile: files.busSeed,
            tls: null,
          },
    autostop:
      autostop === null || autostop.idleMinutes < 0
        ? null
        : { idleMinutes: autostop.idleMinutes, down: autostop.down, waitFor: autostop.waitFor ?? "jobs_and_ssh" },
    selfStop: { kind: "local" },
  };
}

/** What a controller without a memory needs to take the cluster back. */
function clusterFacts(cluster: ClusterRecord, placement: Placement): ClusterFacts {
  const {
    cid,
    name,
    userHash,
    userName,
    workspace,
    nodeCount,
    resources,
    launchedAt,
    lastUse,
    lastCreationYaml,
    lastCreationCommand,
    configHash,
  } = cluster;
  return {
    v: 1,
    cid,
    name,
    userHash,
    userName,
    workspace,
    nodeCount,
    placement,
    resources: { ...resources },
    launchedAt,
    lastUse,
    lastCreationYaml,
    lastCreationCommand,
    configHash,
  };
}

/** The files of a node's agent folder, by name. */
function nodeTexts(config: NodeConfig, enrolment: Enrolment): (readonly [name: string, text: string])[] {
  const seed = enrolment.busKeys[config.nid]?.seed;
  return [
    [agentFiles.config, `${JSON.stringify(config, null, 2)}\n`],
    [agentFiles.hubEndpoints, `${JSON.stringify({ gen: enrolment.endpointsGen, endpoints: enrolment.endpoints })}\n`],
    ...(config.hub.credentialsFile === null ? [] : [[config.hub.credentialsFile, enrolment.credentials] as const]),
    ...(enrolment.ca === null ? [] : [[files.ca, enrolment.ca] as const]),
    ...(config.bus === null || seed === undefined ? [] : [[files.busSeed, seed] as const]),
  ];
}
