// Reads the manifests of all clouds from their folders and judges what types cannot.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "#controller/providers/contract/manifest.ts";

/** Folders beside the clouds' own. */
const NO_CLOUDS = new Set(["contract", "kit"]);

export interface ReadManifests {
  /** By rank, then those without one by name. */
  readonly manifests: readonly Manifest[];
  readonly faults: readonly string[];
}

/** `folder`: controller/providers. */
export async function readManifests(folder: string): Promise<ReadManifests> {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NO_CLOUDS.has(entry.name))
    .map((entry) => entry.name);
  const manifests: Manifest[] = [];
  const faults: string[] = [];
  for (const name of names.toSorted()) {
    const path = join(folder, name, "manifest.ts");
    if (!existsSync(path)) {
      faults.push(`controller/providers/${name} has no manifest.ts`);
      continue;
    }
    const { manifest } = (await import(path)) as { readonly manifest: Manifest };
    manifests.push(manifest);
    faults.push(...faultsOf(manifest, name, existsSync(join(folder, name, "provider.ts"))));
  }
  const position = ({ rank }: Manifest) => rank ?? Number.POSITIVE_INFINITY;
  return { manifests: manifests.toSorted((a, b) => position(a) - position(b) || a.id.localeCompare(b.id)), faults };
}

function faultsOf({ id, status, features }: Manifest, folder: string, hasProvider: boolean): string[] {
  const where = `controller/providers/${folder}/manifest.ts`;
  return [
    ...(id === folder ? [] : [`${where}: the id is '${id}', the folder '${folder}'`]),
    ...(hasProvider === (status === "launches")
      ? []
      : [`${where}: the status is '${status}', and a provider.ts is ${hasProvider ? "there" : "not there"}`]),
    ...(hasProvider || features.length === 0 ? [] : [`${where}: claims ${features.join(", ")} without a provider`]),
  ];
}
