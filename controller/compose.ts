// The only place that knows who keeps which promise.
import { dirname } from "node:path";
import { followCatalog } from "#catalog/follow.ts";
import { catalogUpdate } from "#controller/operations/catalog-update.ts";
import type { World } from "#controller/operations/operation.ts";
import { operationShelf } from "#controller/operations/all-operations.ts";
import { realTime, type Clock, type Random } from "#shared/clock.ts";
import type { StatePaths } from "#shared/paths.ts";
import { followServerConfig } from "./adapters/config/server-config.ts";
import { createAgentRecords } from "./adapters/db/stores/agent-records.ts";
import { createClusterStore } from "./adapters/db/stores/cluster-store.ts";
import { keepReserve } from "./adapters/db/sqlite/keep-reserve.ts";
import { openStateDatabase } from "./adapters/db/open.ts";
import { createMonitorStore } from "./adapters/db/stores/monitor-store.ts";
import { createFencedStores } from "./adapters/db/stores/fenced-stores.ts";
import { createLockStore } from "./adapters/db/stores/lock-store.ts";
import { createRequestStore } from "./adapters/db/stores/request-store.ts";
import { createUploadStore } from "./adapters/db/stores/upload-store.ts";
import { createHub } from "./adapters/nats/hub.ts";
import { configuredAccounts } from "./adapters/config/accounts.ts";
import { createParts, partSources } from "./adapters/parts/locate-part.ts";
import { createLocalShell } from "./adapters/shell/local/local-shell.ts";
import { workspaceKey } from "./adapters/shell/ssh/workspace-key.ts";
import { createNodeShell } from "./adapters/shell/node-shell.ts";
import { startAgentsLoop } from "./loops/agents.ts";
import { startClustersLoop } from "./loops/clusters.ts";
import { createLeakBook } from "./ports/leaks.ts";
import { createProviders } from "./providers/registry.ts";
import { createRequestLogs } from "./server/requests/request-logs.ts";
import { createRequestEngine, type RequestEngine } from "./requests/engine.ts";
import type { Service } from "./server/service.ts";
import { pruneUploads } from "#controller/server/uploads/upload-desk.ts";

/** How late work of another server is seen: what is due, what ended, what its log says. */
const REQUESTS_LOOK_MS = 1_000;
const LOG_LOOK_MS = 250;

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
  const home = env["HOME"] ?? dirname(paths.root);
  const config = followServerConfig({ env, home });
  const configured = databaseIn(config);
  const database = await openStateDatabase({ env, configured, file: paths.database }, { time: realTime, tell });
  // A file is one server's; on a database elsewhere there may be others.
  const isShared = !("sqlite" in database);
  try {
    const clusters = createClusterStore(database);
    const records = createAgentRecords(database);
    const parts = createParts(partSources(env, paths.parts));
    const hub = await createHub({
      folder: paths.hub,
      isShared,
      // Off loopback it speaks TLS; the names are what clusters elsewhere reach this machine by.
      host: env["STIX_HUB_HOST"] ?? "127.0.0.1",
      port: env["STIX_HUB_PORT"] === undefined ? null : Number(env["STIX_HUB_PORT"]),
      publicNames: (env["STIX_HUB_NAMES"] ?? "").split(",").filter((name) => name !== ""),
      records,
      monitors: createMonitorStore(database),
      directory: clusters,
      clock,
      random,
      locateServer: () => parts.locate("nats-server"),
      log: tell,
    });
    const providers = createProviders(
      { env, localCloud: paths.localCloud },
      configuredAccounts({ config, sshKey: (workspace) => workspaceKey(`${paths.ssh}/keys`, workspace) }),
    );
    const shell = createNodeShell({ folder: createLocalShell({ env, locateAgent: () => parts.locate("skylet") }) });
    const logs = createRequestLogs(
      paths.requestLogs,
      isShared ? (look) => realTime.after(LOG_LOOK_MS, look) : undefined,
    );
    const prices = `${paths.root}/catalog`;
    const update = catalogUpdate({ env, home, folder: prices });
    const operations = operationShelf([update]);
    const world: World = {
      clock,
      random,
      clusters,
      parts,
      shell,
      paths,
      providers,
      requests: createRequestStore(database),
      locks: createLockStore(database),
      uploads: createUploadStore(database),
      fenced: createFencedStores(database),
      agents: hub.agents,
      leaks: createLeakBook(),
      catalog: followCatalog({
        overrideDir: env["STIX_CATALOG_DIR"] ?? `${home}/.sky/catalogs/v8`,
        privateDir: `${paths.root}/catalogs`,
        updatedDir: prices,
      }),
      config,
      home,
      environment: env,
      cancelRequests: (ids) => worker.cancel(ids),
    };
    const reserve = keepReserve({ room: database.room, file: paths.reserve, tell });
    const worker: RequestEngine = createRequestEngine({
      world,
      logs,
      operations,
      tell,
      room: database.room,
      pruneUploads: (before) => pruneUploads(world, before),
      pollMs: isShared ? REQUESTS_LOOK_MS : null,
    });
    const service: Service = { world, worker, logs, operations, events: { ...hub.feed, monitors: hub.monitors }, tell };
    const silentMs = (cid: string) => hub.presence.silentMs(cid);
    const clustersLoop = startClustersLoop({ world, tell, silentMs });
    const agentsLoop = startAgentsLoop({
      world,
      tell,
      silentMs,
      endpoints: () => hub.endpoints(),
      movedAgoMs: () => hub.movedAgoMs(),
      ensure: () => hub.ensure(),
    });
    hub.onApplied((batch) => clustersLoop.heard(batch));
    return {
      service,
      async [Symbol.asyncDispose]() {
        reserve[Symbol.dispose]();
        await worker.stop();
        await Promise.all([clustersLoop[Symbol.asyncDispose](), agentsLoop[Symbol.asyncDispose]()]);
        // Heads keep their connection while the server is away; without any, nobody needs the hub.
        await (!isShared && (await clusters.list()).length === 0 ? hub.stopDaemon() : hub[Symbol.asyncDispose]());
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** What the config file says of the database. A faulty file fails the calls that need it, not the start. */
function databaseIn(config: World["config"]): unknown {
  try {
    return config()["db"];
  } catch {
    return undefined;
  }
}
