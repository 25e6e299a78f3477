// Lays the config that came with a request over the server's own, except for what only the server decides.
import { cloudFacts } from "../clouds.gen.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { ConfigMapping } from "./check.ts";
import { mergeConfig, isMapping } from "./merge.ts";

/** Keys that a client may not set. */
export const SERVER_ONLY_KEYS: readonly (readonly string[])[] = [
  ["api_server"],
  ["allowed_clouds"],
  ["workspaces"],
  ["db"],
  ["daemons"],
  ["metrics"],
  ["jobs", "controller", "consolidation_mode"],
  ["serve", "controller", "consolidation_mode"],
  ["jobs", "controller", "controller_logs_gc_retention_hours"],
  ["jobs", "controller", "task_logs_gc_retention_hours"],
  ...Object.values(cloudFacts).flatMap(({ id, serverKeys }) => serverKeys.map((key) => [id, key])),
];

export interface OverlaidConfig {
  readonly config: ConfigMapping;
  /** Keys of the client that differ from the server's and were left out: a warning is due. */
  readonly ignored: readonly string[];
}

export function overlayClientConfig(server: ConfigMapping, client: ConfigMapping): OverlaidConfig {
  const ignored: string[] = [];
  let allowed = client;
  for (const path of SERVER_ONLY_KEYS) {
    const asked = valueAt(allowed, path);
    if (asked === undefined) continue;
    if (canonicalJson(asked) !== canonicalJson(valueAt(server, path))) ignored.push(path.join("."));
    allowed = without(allowed, path);
  }
  return { config: mergeConfig(server, allowed), ignored };
}

export function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isMapping(inner) ? inner[key] : undefined), config);
}

function without(config: ConfigMapping, [key = "", ...rest]: readonly string[]): ConfigMapping {
  const { [key]: inner, ...others } = config;
  if (rest.length === 0 || !isMapping(inner)) return others;
  const kept = without(inner, rest);
  return Object.keys(kept).length === 0 ? others : { ...others, [key]: kept };
}
