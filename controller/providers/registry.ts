// All clouds by name, each loaded only when it is used. The imports are literal: others do not survive compiling.
import type { Provider } from "./contract/provider.ts";
import type { ProviderEnvironment } from "./contract/environment.ts";

const loaders = {
  local: async (environment: ProviderEnvironment): Promise<Provider> =>
    (await import("./local/provider.ts")).createLocalProvider(environment),
} as const;

export type ProviderName = keyof typeof loaders;

export interface Providers {
  /** null when no such cloud is built in. */
  load(cloud: string): Promise<Provider | null>;
  readonly names: readonly string[];
}

/** One provider a cloud and process. */
export function createProviders(environment: ProviderEnvironment): Providers {
  const loaded = new Map<string, Promise<Provider>>();
  return {
    names: Object.keys(loaders),
    async load(cloud) {
      if (!isProviderName(cloud)) return null;
      const known = loaded.get(cloud) ?? loaders[cloud](environment);
      loaded.set(cloud, known);
      return known;
    },
  };
}

function isProviderName(cloud: string): cloud is ProviderName {
  return Object.hasOwn(loaders, cloud);
}
