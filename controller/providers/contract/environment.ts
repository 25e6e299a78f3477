// What the installation hands to every provider when it is loaded.

/** Whose account: a provider is made once for each account, and never looks for credentials or settings of another. */
export interface Account {
  readonly workspace: string;
  /** What the config of the server and of the workspace says of this cloud (`aws: …`), merged; {} where it says nothing. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The key pair that machines of this workspace let in; made when it is first asked for. */
  sshKey(): Promise<SshKey>;
}

export interface SshKey {
  /** One line as in authorized_keys. */
  readonly publicKey: string;
  /** Path on the controller's machine, mode 0600. */
  readonly privateKeyFile: string;
}

export interface Accounts {
  /** Names of the workspaces there are now; never empty. */
  readonly workspaces: () => readonly string[];
  /** What a workspace uses at a cloud. */
  readonly account: (cloud: string, workspace: string) => Account;
}

export interface ProviderEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A folder of the controller's machine where the built-in cloud keeps its nodes. */
  readonly localCloud: string;
  readonly account: Account;
}
