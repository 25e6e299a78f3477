// What the installation hands to every provider when it is loaded.

export interface ProviderEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A folder of the controller's machine where the built-in cloud keeps its nodes. */
  readonly localCloud: string;
  /** Path of the agent's executable for this machine's architecture. */
  locateAgent(): Promise<string>;
}
