// Runs cases of volumes, bucket names and merges.
import { z } from "zod";
import { mergeConfig, mergePod } from "#shared/config/merge.ts";
import { isStixError } from "#shared/errors/stix-error.ts";
import { bucketNameFault } from "#shared/task/bucket-names.ts";
import { STORE_NAMES } from "#shared/task/storage.ts";
import { parseVolume, skypilotVolumeFile } from "#shared/task/volume.ts";
import { readYaml } from "#shared/yaml/document.ts";
import { compare, type Outcome } from "./outcome.ts";

const volumeCase = z.looseObject({ yaml: z.string() });

export function runVolumeCases(content: unknown): Outcome[] {
  return z.array(volumeCase).parse(content).map(({ yaml, ...expected }) => {
    const parsed = parseVolume(yaml);
    const found = parsed.ok ? { ok: true, result: skypilotVolumeFile(parsed.volume) } : { ok: false, error_class: parsed.problems[0]?.class };
    return compare(yaml, withoutTokens(expected), found);
  });
}

function withoutTokens({ error_tokens: _tokens, suggestions: _suggestions, ...rest }: Readonly<Record<string, unknown>>): unknown {
  return rest;
}

const nameCase = z.looseObject({ store: z.enum(STORE_NAMES), name: z.string() });

export function runBucketNames(content: unknown): Outcome[] {
  return z.array(nameCase).parse(content).map(({ store, name, ...expected }) => {
    const found = bucketNameFault(store, name) === undefined ? { ok: true } : { ok: false, error_class: "StorageNameError" };
    return compare(`${store} ${name}`, expected, found);
  });
}

const mergeCase = z.looseObject({ base: z.string(), override: z.string() });

/** `pod`: merged into a pod's own settings, not as layers of the config. */
export function runMerges(content: unknown, kind: "config" | "pod"): Outcome[] {
  return z.array(mergeCase).parse(content).map(({ base, override, ...expected }) => {
    return compare(`${base} << ${override}`, expected, merged(mapping(base), mapping(override), kind));
  });
}

function merged(base: Record<string, unknown>, override: Record<string, unknown>, kind: "config" | "pod"): unknown {
  try {
    return { ok: true, result: kind === "config" ? mergeConfig(base, override) : mergePod(base, override) };
  } catch (error) {
    if (!isStixError(error)) throw error;
    return { ok: false, error_class: error.exception };
  }
}

function mapping(text: string): Record<string, unknown> {
  const file = readYaml(text);
  const value = file.ok ? file.documents[0]?.value : undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
