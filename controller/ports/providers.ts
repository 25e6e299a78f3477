// How operations get at clouds.
import type { Provider } from "#controller/providers/contract/provider.ts";

export interface ProviderShelf {
  /** Lower-case names of every cloud that is built in. */
  readonly names: readonly string[];
  /** The provider of the account that the workspace uses; null when no such cloud is built in. */
  load(cloud: string, workspace: string): Promise<Provider | null>;
  /** One provider for every account in use: for whoever lists everything. */
  all(): Promise<readonly Provider[]>;
}
