// The files that follow from the clouds' manifests.
import type { Manifest } from "#controller/providers/contract/manifest.ts";
import { blockOf } from "./source-text.ts";

export interface GeneratedFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const MADE = "Made by scripts/gen from controller/providers/*/manifest.ts; changes are lost.";

export function cloudFiles(manifests: readonly Manifest[]): readonly GeneratedFile[] {
  return [
    { path: "shared/clouds.gen.ts", text: factsFile(manifests) },
    { path: "catalog/sale.gen.ts", text: saleFile(manifests) },
    { path: "controller/core/clouds/access.gen.ts", text: accessFile(manifests) },
    { path: "controller/providers/registry.gen.ts", text: registryFile(manifests) },
  ];
}

function factsFile(manifests: readonly Manifest[]): string {
  const inTasks = manifests.filter(({ rank }) => rank !== null).map(({ id }) => id);
  const entries = manifests.map(({ sale: _, access: __, ...facts }) => `  ${facts.id}: ${blockOf(facts)},`);
  return `// What tasks, configs and commands know of clouds. ${MADE}
import type { CloudFacts } from "./cloud-facts.ts";

/** Clouds that task files may name, in the order in which they are listed. */
export const taskClouds = [
${inTasks.map((id) => `  "${id}",`).join("\n")}
] as const;

export const cloudFacts: Readonly<Record<string, Omit<CloudFacts, "access">>> = {
${entries.join("\n")}
};
`;
}

function saleFile(manifests: readonly Manifest[]): string {
  const entries = manifests.map(({ id, title, sale }) => `  ${id}: ${blockOf({ display: title, ...sale })},`);
  return `// How clouds sell their machines. ${MADE}
import type { CloudSale } from "./sale.ts";

export const cloudSales: Readonly<Record<string, CloudSale & { readonly display: string }>> = {
${entries.join("\n")}
};
`;
}

function accessFile(manifests: readonly Manifest[]): string {
  const entries = manifests.flatMap(({ id, title, access }) =>
    access === null ? [] : [`  ${id}: ${blockOf({ title, ...access })},`],
  );
  return `// What opens each cloud. ${MADE}
import type { CloudAccess } from "#shared/cloud-facts.ts";

export const cloudAccess: Readonly<Record<string, CloudAccess & { readonly title: string }>> = {
${entries.join("\n")}
};
`;
}

function registryFile(manifests: readonly Manifest[]): string {
  const built = manifests.filter(({ status }) => status === "launches").map(({ id }) => id);
  const entries = built.map(
    (id) => `  ${id}: async (environment: ProviderEnvironment): Promise<Provider> =>
    (await import("./${id}/provider.ts")).${makerOf(id)}(environment),`,
  );
  return `// The clouds that are built in, each loaded only when it is used. The imports are literal: others do not survive compiling.
// ${MADE}
import type { ProviderEnvironment } from "./contract/environment.ts";
import type { Provider } from "./contract/provider.ts";

export const loaders = {
${entries.join("\n")}
} as const;
`;
}

/** The function of a cloud's provider.ts that makes its provider. */
export function makerOf(id: string): string {
  return `create${id.charAt(0).toUpperCase()}${id.slice(1)}Provider`;
}
