// What node.json means to a head: for the queue, and for its line to the controller.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "#shared/errors/stix-error.ts";
import { writeWholeSync } from "#shared/os/whole-file.ts";
import { hasRoom } from "#shared/os/disk-room.ts";
import { inboxPrefix } from "#shared/wire/subjects.ts";
import type { AgentParts } from "../agent-parts.ts";
import { openBusConnection } from "../bus/nats-client.ts";
import type { AgentConfig } from "../config.ts";
import { endpointsReader } from "../hub/endpoints.ts";
import type { HubLinkOptions } from "../hub/hub-link.ts";
import type { RunQueueOptions } from "../queue/run-queue.ts";

type QueueFacts = Pick<RunQueueOptions, "bootId" | "nids" | "perNode" | "orderFacts" | "hasRoom">;

export function queueFacts(config: AgentConfig): QueueFacts {
  const { node, bootId } = config;
  const { clusterName, cloud, region, zone, nodes, resources } = node;
  return {
    bootId,
    nids: nodes.map(({ nid }) => nid),
    perNode: { cpus: resources.cpus, deviceCount: Math.ceil(resources.accelerator?.count ?? 0) },
    orderFacts: { clusterInfo: JSON.stringify({ cluster_name: clusterName, cloud, region, zone }), nodes },
    hasRoom: () => hasRoom(config.dir),
  };
}

export function hubLine(parts: AgentParts): Pick<HubLinkOptions, "readEndpoints" | "openLine" | "keepCredentials"> {
  const { config, steady: time, random, log } = parts;
  const { cid, nid, hub } = config.node;
  const read = (file: string) => readFileSync(join(config.dir, file), "utf8");
  return {
    readEndpoints: endpointsReader(config),
    // Read at every dial: the controller renews credentials.
    openLine: (endpoints, events, signal) =>
      openBusConnection(
        {
          servers: endpoints.list,
          inboxPrefix: inboxPrefix.cluster(cid),
          name: `skylet ${cid}/${nid}`,
          auth: hub.credentialsFile === null ? null : { credentials: read(hub.credentialsFile) },
          ca: hub.caFile === null ? null : read(hub.caFile),
          time,
          random,
          ...events,
        },
        signal,
      ),
    // The file is whole or the old one.
    keepCredentials: (text) => {
      if (hub.credentialsFile === null) return;
      try {
        writeWholeSync(join(config.dir, hub.credentialsFile), text);
      } catch (error) {
        log("warn", "credentials-not-kept", { error: errorText(error) });
      }
    },
  };
}
