// The only place that knows who keeps which promise.
import { dirname } from "node:path";
import { openCatalog, type Catalog } from "#catalog/load.ts";
import type { World } from "#controller/operations/operation.ts";
import { allOperations } from "#controller/operations/all-operations.ts";
import type { Clock, Random } from "#shared/clock.ts";
import type { StatePaths } from "#shared/paths.ts";
import { createAgentRecords } from "./adapters/db/agent-records.ts";
import { createClusterStore } from "./adapters/db/cluster-store.ts";
import { openDatabase } from "./adapters/db/database.ts";
import { createLockStore } from "./adapters/db/lock-store.ts";
import { createRequestStore } from "./adapters/db/request-store.ts";
import { createUploadStore } from "./adapters/db/upload-store.ts";
import { publishedEvent } from "./adapters/nats/event-rows.ts";
import { createHub, type Hub } from "./adapters/nats/hub.ts";
import { createParts, partSources } from "./adapters/parts/locate-part.ts";
import { createProviders } from "./providers/registry.ts";
import { unbuiltOperations } from "./server/routes/unbuilt-routes.ts";
import { createRequestLogs } from "./server/requests/request-logs.ts";
import { createWorker, type Worker } from "./server/requests/worker.ts";
import type { EventFeed, Service } from "./server/service.ts";

export interface ComposeOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: StatePaths;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Service["tell"];
}

export interface Composition extends AsyncDisposable {
  readonly service: Service;
}

/** Opens the stores, starts or adopts the hub, and puts everything together. Throws StixError. */
export async function compose(options: ComposeOptions): Promise<Composition> {
  const { env, paths, clock, random, tell } = options;
  const database = openDatabase(paths.database);
  try {
    const clusters = createClusterStore(database);
    const records = createAgentRecords(database);
    const parts = createParts(partSources(env, paths.parts));
    const hub = await createHub({
      folder: paths.hub,
      host: "127.0.0.1",
      port: null,
      publicNames: [],
      records,
      directory: clusters,
      clock,
      locateServer: () => parts.locate("nats-server"),
      log: tell,
    });
    const providers = createProviders({ env, localCloud: paths.localCloud, locateAgent: () => parts.locate("skylet") });
    const logs = createRequestLogs(paths.requestLogs);
    const operations = new Map([...allOperations, ...unbuiltOperations].map((operation) => [operation.name, operation]));
    const world: World = {
      clock, random, clusters, parts, paths, providers,
      requests: createRequestStore(database),
      locks: createLockStore(database),
      uploads: createUploadStore(database),
      agents: hub.agents,
      catalog: once(() => openCatalog({ updatedDir: `${paths.root}/catalog` })),
      home: env["HOME"] ?? dirname(paths.root),
      cancelRequests: (ids) => worker.cancel(ids),
    };
    const worker: Worker = createWorker({ world, logs, operations, tell });
    const service: Service = { world, worker, logs, operations, events: eventFeed(records, hub), tell };
    return {
      service,
      async [Symbol.asyncDispose]() {
        await worker.stop();
        await hub[Symbol.asyncDispose]();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function eventFeed(records: ReturnType<typeof createAgentRecords>, hub: Hub): EventFeed {
  return {
    after: async (id, limit) => (await records.eventsAfter(id, limit)).map((event) => ({ id: event.id, clusterName: event.clusterName, json: publishedEvent(event).text })),
    idBefore: (at) => records.idBefore(at),
    credentials: () => {
      const { endpoints, credentials, ca } = hub.monitorCredentials();
      return { url: endpoints.join(","), credentials, ca };
    },
  };
}

/** The catalog reads its tables when it is first asked. */
function once(make: () => Catalog): () => Catalog {
  const made: Catalog[] = [];
  return () => {
    const known = made[0] ?? make();
    made[0] = known;
    return known;
  };
}
