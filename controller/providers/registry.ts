// All clouds that are built in by name, each loaded once for each account.
import type { Accounts, ProviderEnvironment } from "./contract/environment.ts";
import { loaders } from "./registry.gen.ts";
import type { Provider } from "./contract/provider.ts";

export type ProviderName = keyof typeof loaders;

/** Clouds that are built in. */
export const providerNames: readonly string[] = Object.keys(loaders);

export interface Providers {
  /** null when no such cloud is built in. */
  load(cloud: string, workspace: string): Promise<Provider | null>;
  /** One for each account in use. */
  all(): Promise<readonly Provider[]>;
  readonly names: readonly string[];
}

/** Workspaces whose settings at a cloud are the same share its provider. */
export function createProviders(
  environment: Omit<ProviderEnvironment, "account">,
  { workspaces, account }: Accounts,
): Providers {
  const loaded = new Map<string, Promise<Provider>>();
  const load = async (cloud: string, workspace: string): Promise<Provider | null> => {
    if (!isProviderName(cloud)) return null;
    const own = account(cloud, workspace);
    const key = JSON.stringify([cloud, own.config]);
    const known = loaded.get(key) ?? loaders[cloud]({ ...environment, account: own });
    loaded.set(key, known);
    return await known;
  };
  return {
    names: providerNames,
    load,
    async all() {
      const wanted = providerNames.flatMap((cloud) => workspaces().map((workspace) => load(cloud, workspace)));
      const found = (await Promise.all(wanted)).filter((provider) => provider !== null);
      return [...new Set(found)];
    },
  };
}

function isProviderName(cloud: string): cloud is ProviderName {
  return Object.hasOwn(loaders, cloud);
}
