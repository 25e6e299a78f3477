// Keeps the promises of the cluster store in the database: state, event and cost interval change in one transaction.
import { and, desc, eq, gte, isNotNull, isNull } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { StixError } from "#shared/errors/stix-error.ts";
import type { ClusterState } from "#shared/lifecycle/cluster.ts";
import type { AutostopRequest, Resources } from "#shared/task/task.ts";
import type {
  ClusterChange,
  ClusterEventRecord,
  ClusterRecord,
  ClusterStore,
  StateStep,
} from "#controller/ports/clusters.ts";
import type { ClusterDirectory } from "#controller/ports/agent-records.ts";
import type { Instance, Placement } from "#controller/providers/contract/provider.ts";
import { createAttemptLedger, takeMove } from "./attempt-ledger.ts";
import type { OpenDatabase } from "../sqlite/database.ts";
import { clusterEvents, clusters, costIntervals } from "../tables/cluster.ts";

/** Events of one cluster beyond this are of no use to anybody; the newest stay. */
const EVENTS_SHOWN_MAX = 10_000;

export function createClusterStore(db: OpenDatabase): ClusterStore & ClusterDirectory {
  const living = (cid: string) => and(eq(clusters.cid, cid), isNull(clusters.removedAt));
  const get = (cid: string) =>
    db.run((orm) => {
      const row = orm.select().from(clusters).where(eq(clusters.cid, cid)).get();
      return row === undefined ? null : recordOf(row);
    });
  return {
    get,
    async find(cid) {
      const record = await get(cid);
      return record === null || record.removedAt !== null
        ? null
        : { cid, name: record.name, nodeCount: record.nodeCount };
    },
    insert: (record) => db.run((orm) => orm.transaction((tx) => insertCluster(tx, record))),
    findByName: (name) =>
      db.run((orm) => {
        const row = orm
          .select()
          .from(clusters)
          .where(and(eq(clusters.name, name), isNull(clusters.removedAt)))
          .get();
        return row === undefined ? null : recordOf(row);
      }),
    list: () =>
      db.run((orm) =>
        orm
          .select()
          .from(clusters)
          .where(isNull(clusters.removedAt))
          .orderBy(desc(clusters.launchedAt))
          .all()
          .map(recordOf),
      ),
    listRemoved: (since) =>
      db.run((orm) =>
        orm
          .select()
          .from(clusters)
          .where(and(isNotNull(clusters.removedAt), gte(clusters.removedAt, since)))
          .orderBy(desc(clusters.removedAt))
          .all()
          .map(recordOf),
      ),
    // What a cluster was last used for is shown, and nothing follows from it.
    change: (cid, change) =>
      db[Object.keys(change).every((name) => name === "lastUse") ? "runRelaxed" : "run"](
        (orm) =>
          void (Object.keys(change).length > 0 && orm.update(clusters).set(columnsOf(change)).where(living(cid)).run()),
      ),
    step: (cid, step) => db.run((orm) => orm.transaction((tx) => takeStep(tx, cid, step))),
    markRemoved: (cid, at, reason, requestId) =>
      db.run((orm) => orm.transaction((tx) => markRemoved(tx, cid, { at, reason, requestId }))),
    addEvent: (event) =>
      db.run((orm) =>
        orm
          .insert(clusterEvents)
          .values({ ...event })
          .run(),
      ),
    events: (cid, type, limit) =>
      db.run((orm) =>
        orm
          .select()
          .from(clusterEvents)
          .where(and(eq(clusterEvents.cid, cid), type === null ? undefined : eq(clusterEvents.type, type)))
          .orderBy(desc(clusterEvents.id))
          .limit(Math.min(limit, EVENTS_SHOWN_MAX))
          .all()
          .reverse()
          .map(({ id: _, ...event }): ClusterEventRecord => event),
      ),
    intervals: (cid) =>
      db.run((orm) =>
        orm
          .select()
          .from(costIntervals)
          .where(eq(costIntervals.cid, cid))
          .orderBy(costIntervals.startedAt)
          .all()
          .map(({ id: _, ...interval }) => interval),
      ),
    ...createAttemptLedger(db),
  };
}

type Transaction = Parameters<Parameters<BunSQLiteDatabase["transaction"]>[0]>[0];

function insertCluster(tx: Transaction, record: ClusterRecord): void {
  const taken = tx
    .select({ cid: clusters.cid })
    .from(clusters)
    .where(and(eq(clusters.name, record.name), isNull(clusters.removedAt)))
    .get();
  if (taken !== undefined) {
    throw new StixError({
      code: "cluster-name-taken",
      message: `cluster '${record.name}' exists already`,
      hint: `stix status ${record.name}`,
    });
  }
  tx.insert(clusters).values(rowOf(record)).run();
  addStateEvent(tx, record, null, {
    to: record.state,
    reason: "the cluster is being made",
    at: record.launchedAt,
    requestId: record.madeBy,
  });
}

function takeStep(tx: Transaction, cid: string, step: StateStep): boolean {
  const row = tx
    .select()
    .from(clusters)
    .where(and(eq(clusters.cid, cid), isNull(clusters.removedAt)))
    .get();
  if (row === undefined || (step.from !== undefined && !step.from.includes(row.state))) return false;
  const { attempt } = step;
  if (attempt !== undefined && takeMove(tx, attempt.id, { event: attempt.event, at: step.at, note: {} }) === null)
    return false;
  tx.update(clusters)
    .set({ ...columnsOf(step.change ?? {}), state: step.to, statusUpdatedAt: step.at })
    .where(eq(clusters.cid, cid))
    .run();
  const now = tx.select().from(clusters).where(eq(clusters.cid, cid)).get() ?? row;
  if (row.state !== step.to) addStateEvent(tx, row, row.state, step);
  settleInterval(tx, recordOf(now), step.at);
  return true;
}

/** A cluster costs money whenever machines of it run. */
function settleInterval(tx: Transaction, record: ClusterRecord, at: number): void {
  const open = tx
    .select()
    .from(costIntervals)
    .where(and(eq(costIntervals.cid, record.cid), isNull(costIntervals.endedAt)))
    .get();
  const costs =
    record.removedAt === null && record.state !== "STOPPED" && record.placement !== null && record.instances.length > 0;
  const price = record.placement?.priceUsdPerHour ?? 0;
  if (open !== undefined && costs && open.nodeCount === record.nodeCount && open.priceUsdPerHour === price) return;
  if (open !== undefined) tx.update(costIntervals).set({ endedAt: at }).where(eq(costIntervals.id, open.id)).run();
  if (costs)
    tx.insert(costIntervals)
      .values({ cid: record.cid, startedAt: at, endedAt: null, priceUsdPerHour: price, nodeCount: record.nodeCount })
      .run();
}

function markRemoved(
  tx: Transaction,
  cid: string,
  why: { at: number; reason: string; requestId: string | null },
): void {
  const row = tx
    .select()
    .from(clusters)
    .where(and(eq(clusters.cid, cid), isNull(clusters.removedAt)))
    .get();
  if (row === undefined) return;
  tx.update(clusters)
    .set({ removedAt: why.at, statusUpdatedAt: why.at, instancesJson: "[]" })
    .where(eq(clusters.cid, cid))
    .run();
  tx.update(costIntervals)
    .set({ endedAt: why.at })
    .where(and(eq(costIntervals.cid, cid), isNull(costIntervals.endedAt)))
    .run();
  tx.insert(clusterEvents)
    .values({
      cid,
      clusterName: row.name,
      at: why.at,
      type: "TERMINAL",
      fromState: row.state,
      toState: null,
      reason: why.reason,
      requestId: why.requestId,
    })
    .run();
}

function addStateEvent(
  tx: Transaction,
  cluster: { cid: string; name: string },
  from: ClusterState | null,
  step: StateStep,
): void {
  tx.insert(clusterEvents)
    .values({
      cid: cluster.cid,
      clusterName: cluster.name,
      at: step.at,
      type: "STATUS_CHANGE",
      fromState: from,
      toState: step.to,
      reason: step.reason,
      requestId: step.requestId ?? null,
    })
    .run();
}

function columnsOf(change: ClusterChange): Partial<typeof clusters.$inferInsert> {
  const { placement, resources, instances, autostop, headPaths, ...plain } = change;
  return {
    ...plain,
    ...(placement === undefined ? {} : { placementJson: jsonOrNull(placement) }),
    ...(resources === undefined ? {} : { resourcesJson: JSON.stringify(resources) }),
    ...(instances === undefined ? {} : { instancesJson: JSON.stringify(instances) }),
    ...(autostop === undefined ? {} : { autostopJson: jsonOrNull(autostop) }),
    ...(headPaths === undefined ? {} : { headPathsJson: jsonOrNull(headPaths) }),
  };
}

function rowOf({
  placement,
  resources,
  instances,
  autostop,
  headPaths,
  ...plain
}: ClusterRecord): typeof clusters.$inferInsert {
  return {
    ...plain,
    placementJson: jsonOrNull(placement),
    resourcesJson: JSON.stringify(resources),
    instancesJson: JSON.stringify(instances),
    autostopJson: jsonOrNull(autostop),
    headPathsJson: jsonOrNull(headPaths),
  };
}

function recordOf(row: typeof clusters.$inferSelect): ClusterRecord {
  const { placementJson, resourcesJson, instancesJson, autostopJson, headPathsJson, ...plain } = row;
  return {
    ...plain,
    placement: parsedOrNull<Placement>(placementJson),
    resources: JSON.parse(resourcesJson) as Resources,
    instances: JSON.parse(instancesJson) as Instance[],
    autostop: parsedOrNull<AutostopRequest>(autostopJson),
    headPaths: parsedOrNull<{ agent: string; home: string }>(headPathsJson),
  };
}

function jsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function parsedOrNull<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}
