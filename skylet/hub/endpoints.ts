// Where the hub is, as it is written in the agent folder: hub.json when it is there and whole, else what node.json says.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { agentFiles, hubEndpointsSchema } from "#shared/wire/node-config.ts";
import type { AgentConfig } from "../config.ts";
import type { Endpoints } from "./link-state.ts";

/** Reads the file only when it changed since the last call. */
export function endpointsReader(config: Pick<AgentConfig, "dir" | "node">): () => Endpoints {
  const path = join(config.dir, agentFiles.hubEndpoints);
  let known: Endpoints = { gen: 0, list: config.node.hub.endpoints };
  let knownMtimeMs = 0;
  return () => {
    try {
      const { mtimeMs } = statSync(path);
      if (mtimeMs === knownMtimeMs) return known;
      const { gen, endpoints } = hubEndpointsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
      known = { gen, list: endpoints };
      knownMtimeMs = mtimeMs;
    } catch {
      // Not there, or half written: the next look reads it.
    }
    return known;
  };
}
