// The clouds that are built in, each loaded only when it is used. The imports are literal: others do not survive compiling.
// Made by scripts/gen from controller/providers/*/manifest.ts; changes are lost.
import type { ProviderEnvironment } from "./contract/environment.ts";
import type { Provider } from "./contract/provider.ts";

export const loaders = {
  local: async (environment: ProviderEnvironment): Promise<Provider> =>
    (await import("./local/provider.ts")).createLocalProvider(environment),
} as const;
