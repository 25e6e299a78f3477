// What an operation is: an idempotent piece of work behind a request, and everything it may use.
import type { Catalog } from "#catalog/load.ts";
import type { Agents } from "#controller/ports/agents.ts";
import type { LeakBook } from "#controller/ports/leaks.ts";
import type { ClusterStore } from "#controller/ports/clusters.ts";
import type { ProviderShelf } from "#controller/ports/providers.ts";
import type {
  Fence,
  FencedStores,
  LockStore,
  RequestRecord,
  RequestStore,
  UploadStore,
} from "#controller/ports/requests.ts";
import type { RequestLog } from "#controller/ports/request-logs.ts";
import type { NodeShell } from "#controller/ports/shell.ts";
import type { Parts } from "#controller/ports/parts.ts";
import type { ConfigMapping } from "#shared/config/check.ts";
import type { Clock, Random } from "#shared/clock.ts";
import type { StatePaths } from "#shared/paths.ts";

/** Who keeps the promises. Made once by compose.ts. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly requests: RequestStore;
  readonly locks: LockStore;
  readonly clusters: ClusterStore;
  readonly uploads: UploadStore;
  /** The stores in the name of a request: every write is refused once another server has taken it up. */
  readonly fenced: (fence: Fence) => FencedStores;
  readonly agents: Agents;
  readonly leaks: LeakBook;
  readonly providers: ProviderShelf;
  /** Gets at nodes, in the way their cloud says. */
  readonly shell: NodeShell;
  readonly parts: Parts;
  readonly paths: StatePaths;
  readonly catalog: () => Catalog;
  /** The server's own config of now. Throws StixError `bad-config`. */
  readonly config: () => ConfigMapping;
  /** HOME of the server's user, for paths beginning with ~. */
  readonly home: string;
  /** The server's own environment, where keys of clouds may stand. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks for the cancelling of requests. Gives the ids it concerned. */
  readonly cancelRequests: (ids: readonly string[]) => Promise<readonly string[]>;
}

export interface OperationContext {
  readonly world: World;
  readonly request: RequestRecord;
  /** Where it tells its story; the client follows it. */
  readonly log: RequestLog;
  /** Aborted when somebody cancels the request, the server stops, or another server has taken the request up. */
  readonly signal: AbortSignal;
}

export interface Operation {
  /** Without the prefix clients see. */
  readonly name: string;
  /** Run again from the beginning when the server was restarted in between. */
  readonly canResume: boolean;
  /**
   * Taken on a full disk as well, and not stopped by a line it cannot tell: it ends things, or it is a question that shows what to
   * end (as long as what is kept for the first lasts).
   */
  readonly onFullDisk?: "ends" | "asks";
  /** What must wait throws a `Pause`, and is run again from its beginning when it has come. */
  run(context: OperationContext): Promise<unknown>;
}
