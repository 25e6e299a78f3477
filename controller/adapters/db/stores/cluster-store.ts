// Keeps the promises of the cluster store in the database: state, event and cost interval change in one transaction.
import { and, desc, eq, gte, isNotNull, isNull } from "drizzle-orm";
import { StixError } from "#shared/errors/stix-error.ts";
import { clusterAfter, clusterState, type ClusterState } from "#shared/lifecycle/cluster.ts";
import type {
  ClusterChange,
  ClusterEventRecord,
  ClusterRecord,
  ClusterStore,
  OwnerFilter,
  StateStep,
} from "#controller/ports/clusters.ts";
import { clusterStatusRow } from "#controller/ports/cluster-status.ts";
import type { ClusterDirectory } from "#controller/ports/agent-records.ts";
import { deed, first, rows, type Database, type Orm, type Work } from "../database.ts";
import type { Tables } from "../tables/tables.ts";
import { wholeInstances } from "./instance-rows.ts";
import { createAttemptLedger, takeMove } from "./attempt-ledger.ts";
import { ownerOfCluster } from "./owners.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import { readJson, readJsonOrNull, writeJsonOrNull } from "./json-column.ts";
import { autostopSchema, headPathsSchema, instancesSchema, placementSchema, resourcesSchema } from "./stored-shapes.ts";

/** Events of one cluster beyond this are of no use to anybody; the newest stay. */
const EVENTS_SHOWN_MAX = 10_000;

type Clusters = Tables["clusters"];

export function createClusterStore(db: Database): ClusterStore & ClusterDirectory {
  const { clusterEvents, clusters, costIntervals } = db.tables;
  const log = createEventLog(db);
  const select = async (build: (orm: Orm) => ReturnType<typeof allOf>) => (await db.read(build)).map(recordOf);
  const allOf = (orm: Orm) => orm.select().from(clusters).$dynamic();
  const get = async (cid: string) => (await select((orm) => allOf(orm).where(eq(clusters.cid, cid))))[0] ?? null;
  return {
    get,
    async find(cid) {
      const record = await get(cid);
      return record === null || record.removedAt !== null
        ? null
        : { cid, name: record.name, nodeCount: record.nodeCount };
    },
    insert: (record) => db.transact((tx) => insertCluster(log, db.tables, tx, record), { serial: "events" }),
    findByName: async (name) =>
      (await select((orm) => allOf(orm).where(and(eq(clusters.name, name), isNull(clusters.removedAt)))))[0] ?? null,
    list: (of) =>
      select((orm) =>
        allOf(orm)
          .where(and(isNull(clusters.removedAt), belongsTo(clusters, of)))
          .orderBy(desc(clusters.launchedAt)),
      ),
    listRemoved: (since, of) =>
      select((orm) =>
        allOf(orm)
          .where(and(isNotNull(clusters.removedAt), gte(clusters.removedAt, since), belongsTo(clusters, of)))
          .orderBy(desc(clusters.removedAt)),
      ),
    async change(cid, change) {
      if (Object.keys(change).length === 0) return;
      // What a cluster was last used for is shown, and nothing follows from it.
      const isRelaxed = Object.keys(change).every((name) => name === "lastUse");
      await db.write((orm) => orm.update(clusters).set(columnsOf(change)).where(living(clusters, cid)), { isRelaxed });
    },
    step: (cid, step) => db.transact((tx) => takeStep(log, db.tables, tx, cid, step), { serial: "events" }),
    markRemoved: (cid, at, reason, requestId) =>
      db.transact((tx) => markRemoved(log, db.tables, tx, cid, { at, reason, requestId }), { serial: "events" }),
    addEvent: (event) =>
      db.transact(function* (tx) {
        const owner = yield* ownerOfCluster(db.tables, tx, event.cid);
        yield* deed(tx.insert(clusterEvents).values({ ...event, ...owner }));
      }),
    events: async (cid, type, limit) =>
      (
        await db.read((orm) =>
          orm
            .select()
            .from(clusterEvents)
            .where(and(eq(clusterEvents.cid, cid), type === null ? undefined : eq(clusterEvents.type, type)))
            .orderBy(desc(clusterEvents.id))
            .limit(Math.min(limit, EVENTS_SHOWN_MAX)),
        )
      )
        .toReversed()
        .map(eventOf),
    intervals: async (cid) =>
      (
        await db.read((orm) =>
          orm.select().from(costIntervals).where(eq(costIntervals.cid, cid)).orderBy(costIntervals.startedAt),
        )
      ).map(({ startedAt, endedAt, priceUsdPerHour, nodeCount }) => ({
        cid,
        startedAt,
        endedAt,
        priceUsdPerHour,
        nodeCount,
      })),
    ...createAttemptLedger(db),
  };
}

function belongsTo(clusters: Clusters, { userHash, workspace }: OwnerFilter = {}) {
  return and(
    userHash === undefined ? undefined : eq(clusters.userHash, userHash),
    workspace === undefined ? undefined : eq(clusters.workspace, workspace),
  );
}

const living = (clusters: Clusters, cid: string) => and(eq(clusters.cid, cid), isNull(clusters.removedAt));

function* insertCluster(log: EventLog, { clusters, ...tables }: Tables, tx: Orm, record: ClusterRecord): Work<void> {
  // A living one of this name is in the way of the row; so would be one that another server inserts meanwhile.
  const made = yield* rows(
    tx.insert(clusters).values(rowOf(record)).onConflictDoNothing().returning({ cid: clusters.cid }),
  );
  if (made.length === 0) {
    throw new StixError({
      code: "cluster-name-taken",
      message: `cluster '${record.name}' exists already`,
      hint: `stix status ${record.name}`,
    });
  }
  yield* tellChange(log, { clusters, ...tables }, tx, record, {
    type: "STATUS_CHANGE",
    from: null,
    to: record.state,
    reason: "the cluster is being made",
    at: record.statusUpdatedAt,
    requestId: record.madeBy,
  });
}

function* takeStep(log: EventLog, tables: Tables, tx: Orm, cid: string, step: StateStep): Work<boolean> {
  const { clusters } = tables;
  const row = yield* first(tx.select().from(clusters).where(living(clusters, cid)));
  if (row === undefined || (step.from !== undefined && !step.from.includes(row.state))) return false;
  const { attempt, at, reason, requestId = null } = step;
  const to = clusterAfter(row.state, step.event);
  if (
    attempt !== undefined &&
    (yield* takeMove(tables, tx, attempt.id, { event: attempt.event, at, note: {} })) === null
  )
    return false;
  const [now = row] = yield* rows(
    tx
      .update(clusters)
      .set({ ...columnsOf(step.change ?? {}), state: to, statusUpdatedAt: step.at })
      .where(eq(clusters.cid, cid))
      .returning(),
  );
  if (row.state !== to)
    yield* tellChange(log, tables, tx, row, { type: "STATUS_CHANGE", from: row.state, to, at, reason, requestId });
  yield* settleInterval(tables, tx, recordOf(now), at);
  return true;
}

/** A cluster costs money whenever machines of it run. */
function* settleInterval({ costIntervals }: Tables, tx: Orm, record: ClusterRecord, at: number): Work<void> {
  const isOpen = and(eq(costIntervals.cid, record.cid), isNull(costIntervals.endedAt));
  const open = yield* first(tx.select().from(costIntervals).where(isOpen));
  const costs =
    record.removedAt === null &&
    record.state !== clusterState.STOPPED &&
    record.placement !== null &&
    record.instances.length > 0;
  const priceUsdPerHour = record.placement?.priceUsdPerHour ?? 0;
  const { cid, nodeCount, userHash, workspace } = record;
  if (open !== undefined && costs && open.nodeCount === nodeCount && open.priceUsdPerHour === priceUsdPerHour) return;
  if (open !== undefined)
    yield* deed(tx.update(costIntervals).set({ endedAt: at }).where(eq(costIntervals.id, open.id)));
  if (costs)
    yield* deed(
      tx
        .insert(costIntervals)
        .values({ cid, startedAt: at, endedAt: null, priceUsdPerHour, nodeCount, userHash, workspace }),
    );
}

interface Removal {
  readonly at: number;
  readonly reason: string;
  readonly requestId: string | null;
}

function* markRemoved(
  log: EventLog,
  tables: Tables,
  tx: Orm,
  cid: string,
  { at, reason, requestId }: Removal,
): Work<void> {
  const { clusters, costIntervals } = tables;
  const row = yield* first(tx.select().from(clusters).where(living(clusters, cid)));
  if (row === undefined) return;
  yield* deed(
    tx.update(clusters).set({ removedAt: at, statusUpdatedAt: at, instancesJson: "[]" }).where(eq(clusters.cid, cid)),
  );
  yield* deed(
    tx
      .update(costIntervals)
      .set({ endedAt: at })
      .where(and(eq(costIntervals.cid, cid), isNull(costIntervals.endedAt))),
  );
  const event = { type: "TERMINAL", from: row.state, to: null, at, reason, requestId } as const;
  yield* tellChange(log, tables, tx, row, event);
}

interface Change {
  readonly type: "STATUS_CHANGE" | "TERMINAL";
  readonly from: ClusterState | null;
  /** null: its row has ended. */
  readonly to: ClusterState | null;
  readonly at: number;
  readonly reason: string;
  readonly requestId: string | null;
}

/** For the cluster's own story, and for those who watch: written with the change, or not at all. */
function* tellChange(
  log: EventLog,
  { clusterEvents }: Tables,
  tx: Orm,
  { cid, name, userHash, workspace }: Pick<ClusterRecord, "cid" | "name" | "userHash" | "workspace">,
  { type, from, to, at, reason, requestId }: Change,
): Work<void> {
  const source = { cid, clusterName: name, userHash, workspace };
  yield* deed(
    tx.insert(clusterEvents).values({ ...source, at, type, fromState: from, toState: to, reason, requestId }),
  );
  yield* log.appendOwn(tx, source, clusterStatusRow(cid, { state: to ?? clusterState.TERMINATED, reason }, at));
}

function columnsOf(change: ClusterChange): Partial<Clusters["$inferInsert"]> {
  const { placement, resources, instances, autostop, headPaths, ...plain } = change;
  return {
    ...plain,
    ...(placement === undefined ? {} : { placementJson: writeJsonOrNull(placement) }),
    ...(resources === undefined ? {} : { resourcesJson: JSON.stringify(resources) }),
    ...(instances === undefined ? {} : { instancesJson: JSON.stringify(instances) }),
    ...(autostop === undefined ? {} : { autostopJson: writeJsonOrNull(autostop) }),
    ...(headPaths === undefined ? {} : { headPathsJson: writeJsonOrNull(headPaths) }),
  };
}

function rowOf({
  placement,
  resources,
  instances,
  autostop,
  headPaths,
  ...plain
}: ClusterRecord): Clusters["$inferInsert"] {
  return {
    ...plain,
    placementJson: writeJsonOrNull(placement),
    resourcesJson: JSON.stringify(resources),
    instancesJson: JSON.stringify(instances),
    autostopJson: writeJsonOrNull(autostop),
    headPathsJson: writeJsonOrNull(headPaths),
  };
}

function recordOf(row: Clusters["$inferSelect"]): ClusterRecord {
  const { placementJson, resourcesJson, instancesJson, autostopJson, headPathsJson, ...plain } = row;
  const at = (column: string) => ({ table: "clusters", column, key: row.cid });
  const placement = readJsonOrNull(placementSchema, placementJson, at("placement_json"));
  const headPaths = readJsonOrNull(headPathsSchema, headPathsJson, at("head_paths_json"));
  return {
    ...plain,
    placement,
    resources: readJson(resourcesSchema, resourcesJson, at("resources_json")),
    instances: wholeInstances(readJson(instancesSchema, instancesJson, at("instances_json")), { placement, headPaths }),
    autostop: readJsonOrNull(autostopSchema, autostopJson, at("autostop_json")),
    headPaths,
  };
}

function eventOf(row: Tables["clusterEvents"]["$inferSelect"]): ClusterEventRecord {
  const { id: _, userHash: _owner, workspace: _workspace, ...event } = row;
  return event;
}
