// Keeps what the hub's side must remember: incarnations, events exactly once, snapshots, how far monitors were served.
import { and, asc, desc, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, max } from "drizzle-orm";
import { z } from "zod";
import type {
  AgentRecord,
  AgentRecords,
  BatchOutcome,
  EventBatch,
  EventRow,
  PublishMark,
  StoredEvent,
} from "#controller/ports/agent-records.ts";
import { deed, first, rows, type Database, type Orm, type Work } from "../database.ts";
import type { Tables } from "../tables/tables.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import { readJson } from "./json-column.ts";
import { ownerOfCluster } from "./owners.ts";
import { objectSchema } from "./stored-shapes.ts";

const NOTHING_PUBLISHED: PublishMark = { eventId: 0, stream: "", streamSeq: 0 };

const markSchema = z.object({ eventId: z.number(), stream: z.string(), streamSeq: z.number() });
const hubSchema = z.object({ account: z.string() });
const counterSchema = z.object({ value: z.number() });

export function createAgentRecords(db: Database): AgentRecords {
  const { agents, agentEvents, snapshots } = db.tables;
  const log = createEventLog(db);
  return {
    sharedEpoch: (atLeast) => db.transact((tx) => sharedEpoch(db.tables, tx, atLeast), { serial: "facts" }),
    claimHub: (account) => db.transact((tx) => claimHub(db.tables, tx, account), { serial: "facts" }),
    nextEpoch: (atLeast) => db.transact((tx) => grow(db.tables, tx, "epoch", atLeast), { serial: "facts" }),
    nextAccountIssue: (atLeast) =>
      db.transact((tx) => grow(db.tables, tx, "account-issue", atLeast), { serial: "facts" }),
    find: (cid) => db.look((tx) => find(db.tables, tx, cid)),
    enrol: (record) => db.transact((tx) => enrol(db.tables, tx, record)),
    setCredentialsExpiry: (cid, at) =>
      db.write((orm) => orm.update(agents).set({ credentialsExpireAt: at }).where(eq(agents.cid, cid))),
    revoke: async (cid, at) =>
      (
        await db.write((orm) =>
          orm
            .update(agents)
            .set({ revokedAt: at })
            .where(and(eq(agents.cid, cid), isNull(agents.revokedAt)))
            .returning({ cid: agents.cid }),
        )
      ).length > 0,
    revoked: async (since, limit) =>
      (
        await db.read((orm) =>
          orm
            .select({ cid: agents.cid, revokedAt: agents.revokedAt })
            .from(agents)
            .where(and(isNotNull(agents.revokedAt), gte(agents.revokedAt, since)))
            .orderBy(desc(agents.revokedAt))
            .limit(limit),
        )
      ).map((row) => ({ cid: row.cid, revokedAt: row.revokedAt ?? 0 })),
    saveIncarnation: (cid, incarnation) =>
      db.transact(
        function* (tx) {
          const before = yield* find(db.tables, tx, cid);
          const isNew = before?.incarnation?.inc !== incarnation.inc;
          const generation = isNew ? { bootGeneration: (before?.bootGeneration ?? 0) + 1 } : {};
          yield* deed(
            tx
              .update(agents)
              .set({ ...incarnation, ...generation })
              .where(eq(agents.cid, cid)),
          );
        },
        // Batches of the same head are judged by what is written here.
        { serial: "events" },
      ),
    // Heads keep what we do not take; on a full disk what is left here is for what ends things.
    applyEvents: async (batches) => {
      if (db.room.isTight()) db.room.require();
      return await db.transact(
        function* (tx) {
          const outcomes: BatchOutcome[] = [];
          for (const batch of batches) outcomes.push(yield* applyBatch(db.tables, log, tx, batch));
          return outcomes;
        },
        { serial: "events" },
      );
    },
    appendOwn: (cid, clusterName, event) =>
      db.transact(
        function* (tx) {
          const owner = yield* ownerOfCluster(db.tables, tx, cid);
          yield* log.appendOwn(tx, { cid, clusterName, ...owner }, event);
        },
        { serial: "events" },
      ),
    eventsAfter: async (id, limit) =>
      (
        await db.read((orm) =>
          orm.select().from(agentEvents).where(gt(agentEvents.id, id)).orderBy(asc(agentEvents.id)).limit(limit),
        )
      ).map(storedEvent),
    eventId: async (cid, inc, seq) =>
      (
        await db.read((orm) =>
          orm
            .select({ id: agentEvents.id })
            .from(agentEvents)
            .where(and(eq(agentEvents.cid, cid), eq(agentEvents.inc, inc), eq(agentEvents.seq, seq))),
        )
      )[0]?.id ?? null,
    idBefore: (at) => db.look((tx) => idBefore(db.tables, tx, at)),
    snapshotsAfter: async (eventId, limit) =>
      (
        await db.read((orm) =>
          orm
            .select()
            .from(snapshots)
            .where(gt(snapshots.eventId, eventId))
            .orderBy(asc(snapshots.eventId))
            .limit(limit),
        )
      ).map(({ key, valueJson, eventId: newest }) => ({
        key,
        value: readJson(objectSchema, valueJson, { table: "snapshots", column: "value_json", key }),
        eventId: newest,
      })),
    onEvents: (receive) => db.onEvents(receive),
    publishMark: () => db.look((tx) => readMark(db.tables, tx)),
    savePublishMark: (mark) => db.transact((tx) => saveFact(db.tables, tx, "published", mark)),
    prune: (before) => db.transact((tx) => prune(db.tables, tx, before), { serial: "events" }),
  };
}

function* find({ agents }: Tables, tx: Orm, cid: string): Work<AgentRecord | null> {
  const row = yield* first(tx.select().from(agents).where(eq(agents.cid, cid)));
  if (row === undefined) return null;
  const { dbId, inc, run, acked, userHash: _, workspace: _workspace, ...rest } = row;
  return { ...rest, incarnation: dbId === null ? null : { dbId, inc, run, acked } };
}

function* enrol(tables: Tables, tx: Orm, record: Parameters<AgentRecords["enrol"]>[0]): Work<AgentRecord> {
  const owner = yield* ownerOfCluster(tables, tx, record.cid);
  yield* deed(
    tx
      .insert(tables.agents)
      .values({ ...record, ...owner })
      .onConflictDoNothing(),
  );
  const made = yield* find(tables, tx, record.cid);
  return made ?? { bootGeneration: 1, ...record, revokedAt: null, incarnation: null };
}

function* applyBatch(tables: Tables, log: EventLog, tx: Orm, batch: EventBatch): Work<BatchOutcome> {
  const { agents } = tables;
  const agent = yield* first(tx.select().from(agents).where(eq(agents.cid, batch.cid)));
  if (agent === undefined || agent.dbId === null || agent.inc < batch.inc)
    return { ok: false, error: "register-first" };
  if (batch.inc < agent.inc || batch.run < agent.run) return { ok: false, error: "fenced" };
  const fresh: EventRow[] = [];
  let { acked } = agent;
  for (const row of batch.rows) {
    if (row.seq <= acked) continue;
    if (row.seq !== acked + 1) break;
    fresh.push(row);
    acked = row.seq;
  }
  const { cid, clusterName, userHash, workspace } = agent;
  yield* log.append(tx, { cid, clusterName, userHash, workspace, inc: batch.inc }, fresh);
  if (acked > agent.acked) yield* deed(tx.update(agents).set({ acked }).where(eq(agents.cid, cid)));
  return { ok: true, acked };
}

function storedEvent(row: Tables["agentEvents"]["$inferSelect"]): StoredEvent {
  const { bodyJson, userHash: _, workspace: _workspace, ...event } = row;
  return {
    ...event,
    body: readJson(objectSchema, bodyJson, { table: "agent_events", column: "body_json", key: row.id }),
  };
}

function* idBefore({ agentEvents }: Tables, tx: Orm, at: number): Work<number> {
  const found = yield* first(
    tx
      .select({ id: agentEvents.id })
      .from(agentEvents)
      .where(gte(agentEvents.at, at))
      .orderBy(asc(agentEvents.id))
      .limit(1),
  );
  if (found !== undefined) return found.id - 1;
  return (yield* first(tx.select({ id: max(agentEvents.id) }).from(agentEvents)))?.id ?? 0;
}

interface Ages {
  readonly events: number;
  readonly snapshots: number;
  readonly agents: number;
}

function* prune(tables: Tables, tx: Orm, before: Ages): Work<string[]> {
  const { agents, agentEvents, snapshots } = tables;
  const mark = yield* readMark(tables, tx);
  yield* deed(tx.delete(agentEvents).where(and(lt(agentEvents.at, before.events), lte(agentEvents.id, mark.eventId))));
  const revokedBefore = (at: number) => and(isNotNull(agents.revokedAt), lt(agents.revokedAt, at));
  const ended = tx.select({ cid: agents.cid }).from(agents).where(revokedBefore(before.snapshots));
  const gone = yield* rows(tx.delete(snapshots).where(inArray(snapshots.cid, ended)).returning({ key: snapshots.key }));
  yield* deed(tx.delete(agents).where(revokedBefore(before.agents)));
  return gone.map((row) => row.key);
}

function* sharedEpoch(tables: Tables, tx: Orm, atLeast: number): Work<number> {
  const known = yield* readFact(tables, tx, "epoch", counterSchema);
  return known?.value ?? (yield* grow(tables, tx, "epoch", atLeast));
}

function* claimHub(tables: Tables, tx: Orm, account: string): Work<string> {
  const known = yield* readFact(tables, tx, "hub", hubSchema);
  if (known === null) yield* saveFact(tables, tx, "hub", { account });
  return known?.account ?? account;
}

function* grow(tables: Tables, tx: Orm, name: string, atLeast: number): Work<number> {
  const known = yield* readFact(tables, tx, name, counterSchema);
  const value = Math.max(atLeast, (known?.value ?? 0) + 1);
  yield* saveFact(tables, tx, name, { value });
  return value;
}

function* readMark(tables: Tables, tx: Orm): Work<PublishMark> {
  return (yield* readFact(tables, tx, "published", markSchema)) ?? NOTHING_PUBLISHED;
}

function* readFact<T>({ hubFacts }: Tables, tx: Orm, name: string, schema: z.ZodType<T>): Work<T | null> {
  const row = yield* first(tx.select().from(hubFacts).where(eq(hubFacts.name, name)));
  return row === undefined
    ? null
    : readJson(schema, row.valueJson, { table: "hub_facts", column: "value_json", key: name });
}

function* saveFact({ hubFacts }: Tables, tx: Orm, name: string, value: object): Work<void> {
  const valueJson = JSON.stringify(value);
  yield* deed(
    tx.insert(hubFacts).values({ name, valueJson }).onConflictDoUpdate({ target: hubFacts.name, set: { valueJson } }),
  );
}
