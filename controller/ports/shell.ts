// Puts files on a node and starts its agent. The way differs (a folder, ssh, kubectl exec) by the node's `reach`, the promise does not.
import type { ProviderAnswer } from "#controller/providers/contract/failure.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";

export interface FileToPlace {
  /** Absolute path on this machine; a link at its end is followed. */
  readonly source: string;
  readonly destination: string;
  /** What of a folder stays at home; `path` is relative to it. Of a folder that stays, nothing is asked. */
  readonly ignores: (path: string, isFolder: boolean) => boolean;
}

export interface PlacedFiles {
  /** Links that lead nowhere on the node, as jobs see them. */
  readonly dangling: readonly string[];
}

/** A node without an address answers `transient`; one that is reached in a way that is not built in, `unsupported`. */
export interface NodeShell {
  /** Where the agent keeps node.json and its database, and where the jobs' HOME is, on that node. */
  paths(instance: Instance): { readonly agent: string; readonly home: string };
  /** Writes a file (0600 unless `mode`) in the agent folder; whole or not at all. */
  writeAgentFile(instance: Instance, name: string, content: string, mode?: number): Promise<ProviderAnswer<void>>;
  /** A file that writeAgentFile wrote; null when it is not there or the node cannot be read now. */
  readAgentFile(instance: Instance, name: string): Promise<string | null>;
  /** Starts the skylet under a supervisor that starts it again when it dies; a second call changes nothing. */
  startAgent(instance: Instance): Promise<ProviderAnswer<void>>;
  /**
   * For a node that runs and does not answer: ends its supervisor, its agent and all their processes, jobs included, and starts
   * the agent as on a machine that was restarted.
   */
  restartAgent(instance: Instance): Promise<ProviderAnswer<void>>;
  /** Why the agent of a node does not stay up, in its own words; null while it does, or where that cannot be known. */
  complaint(instance: Instance): Promise<string | null>;
  /**
   * Makes each `destination` on the node hold what `source` on this machine holds. A relative or ~ destination is under HOME.
   * A directory source replaces contents file by file and deletes nothing else (rsync without --delete). Where a file, link or folder
   * stands in the way of another kind it goes only when an earlier call put it there and nobody changed it since; otherwise the answer
   * is a failure of kind `conflict` that names it, and nothing of that file's tree was done.
   */
  placeFiles(
    instance: Instance,
    files: readonly FileToPlace[],
    signal: AbortSignal,
  ): Promise<ProviderAnswer<PlacedFiles>>;
}
