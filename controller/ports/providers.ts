// How operations get at clouds.
import type { Provider } from "#controller/providers/contract/provider.ts";

export interface ProviderShelf {
  /** Lower-case names of every cloud that is built in. */
  readonly names: readonly string[];
  /** null when no such cloud is built in. */
  load(cloud: string): Promise<Provider | null>;
}
