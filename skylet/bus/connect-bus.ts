// Connects a node to the cluster's bus, as itself.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { AgentConfig } from "../config.ts";
import { openBusConnection, type BusConnection, type BusConnectionOptions, type LineEvents } from "./nats-client.ts";

export type BusLine = LineEvents & Pick<BusConnectionOptions, "inboxPrefix" | "time" | "random">;

/** Waits for the server for as long as it takes. */
export function connectBus(config: AgentConfig, line: BusLine, signal: AbortSignal): Promise<BusConnection> {
  const { bus, cid, nid } = config.node;
  if (bus === null) throw new Error("node.json of a cluster with several nodes lacks 'bus'");
  const scheme = bus.tls === null ? "nats" : "tls";
  return openBusConnection(
    {
      servers: [`${scheme}://${bus.host}:${bus.port}`],
      name: `skylet ${cid}/${nid}`,
      auth: { seed: readFileSync(resolve(config.dir, bus.seedFile), "utf8").trim() },
      ca: bus.tls === null ? null : readFileSync(resolve(config.dir, bus.tls.caFile), "utf8"),
      ...line,
    },
    signal,
  );
}
