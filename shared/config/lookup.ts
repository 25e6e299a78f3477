// What the config says for one place: the most specific section wins, mappings of all of them merge.
import { factsOf } from "../clouds.ts";
import type { ConfigMapping } from "./check.ts";
import { valueAt } from "./client-overlay.ts";
import { isMapping, mergePod, mergeConfig } from "./merge.ts";

export interface Place {
  readonly cloud: string;
  /** Region, context of Kubernetes, pool of machines, or cluster of Slurm. */
  readonly region?: string;
  /** Zone, or partition of Slurm. */
  readonly zone?: string;
  readonly workspace?: string;
}

const POD_KEYS = new Set(["pod_config", "custom_metadata"]);

/**
 * The value under `key` for a place. Order, the later winning: the global section, the section of its region,
 * the same two of the workspace. `task` is the task's own `config`, laid over the global section.
 */
export function placedValue(config: ConfigMapping, place: Place, key: string, task: ConfigMapping = {}): unknown {
  const global = scopes(valueAt(config, [place.cloud]), place);
  const [widest, ...narrower] = global;
  const overrides = [valueAt(task, [place.cloud])];
  const workspace =
    place.workspace === undefined ? [] : scopes(valueAt(config, ["workspaces", place.workspace, place.cloud]), place);
  const found = [widest, ...overrides, ...narrower, ...workspace].map((section) => valueAt(section, [key]));
  return found
    .filter((value) => value !== undefined)
    .reduce<unknown>((base, value) => combined(key, base, value), undefined);
}

function combined(key: string, base: unknown, value: unknown): unknown {
  if (!isMapping(base) || !isMapping(value)) return value;
  return POD_KEYS.has(key) ? mergePod(base, value) : mergeConfig(base, value);
}

/** Sections of a cloud from the widest to the narrowest. */
function scopes(section: unknown, { cloud, region, zone }: Place): unknown[] {
  const sections = factsOf(cloud)?.sections;
  const byRegion = valueAt(section, [sections?.key ?? ""]);
  const named = region === undefined ? undefined : valueAt(byRegion, [region]);
  const regional = named ?? (sections?.fallback === undefined ? undefined : valueAt(byRegion, [sections.fallback]));
  const partition =
    sections?.zones === undefined || zone === undefined ? undefined : valueAt(regional, [sections.zones, zone]);
  return [section, regional, partition].filter((each) => each !== undefined);
}

/** The workspace that counts when a request names none. */
export function activeWorkspace(config: ConfigMapping): string {
  const name = config["active_workspace"];
  return typeof name === "string" && name !== "" ? name : "default";
}
