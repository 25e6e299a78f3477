// Whose accounts there are, by the server's config: for each workspace what the config says of a cloud, and a key pair of its own.
import type { Account, Accounts, SshKey } from "#controller/providers/contract/environment.ts";
import type { ConfigMapping } from "#shared/config/check.ts";
import { valueAt } from "#shared/config/client-overlay.ts";
import { activeWorkspace } from "#shared/config/lookup.ts";
import { isMapping, mergeConfig } from "#shared/config/merge.ts";

export interface AccountSources {
  readonly config: () => ConfigMapping;
  /** Makes the key pair of a workspace unless there is one. */
  readonly sshKey: (workspace: string) => Promise<SshKey>;
}

export function configuredAccounts({ config, sshKey }: AccountSources): Accounts {
  return {
    workspaces: () => workspaceNames(config()),
    account: (cloud, workspace): Account => ({
      workspace,
      config: cloudSettings(config(), cloud, workspace),
      sshKey: () => sshKey(workspace),
    }),
  };
}

/** The active one first; those the config names after it. */
function workspaceNames(config: ConfigMapping): readonly string[] {
  const named = valueAt(config, ["workspaces"]);
  return [...new Set([activeWorkspace(config), ...(isMapping(named) ? Object.keys(named) : [])])];
}

/** What the config says of a cloud, the workspace's words over the common ones. Whether it may be used is no setting. */
export function cloudSettings(config: ConfigMapping, cloud: string, workspace: string): ConfigMapping {
  const sections = [valueAt(config, [cloud]), valueAt(config, ["workspaces", workspace, cloud])].filter(isMapping);
  const { disabled: _, ...settings } = sections.reduce<ConfigMapping>((base, own) => mergeConfig(base, own), {});
  return settings;
}
