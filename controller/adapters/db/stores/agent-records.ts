// Keeps what the hub's side must remember: incarnations, events exactly once, snapshots, how far monitors were served.
import { and, asc, desc, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, max, sql } from "drizzle-orm";
import {
  CONTROLLER_INC,
  type AgentRecord,
  type AgentRecords,
  type BatchOutcome,
  type EventBatch,
  type EventRow,
  type PublishMark,
} from "#controller/ports/agent-records.ts";
import type { OpenDatabase } from "../sqlite/database.ts";
import { agentEvents, agents, hubFacts, snapshots } from "../tables/agents.ts";

type Orm = OpenDatabase["orm"];
type Transaction = Parameters<Parameters<Orm["transaction"]>[0]>[0];

export function createAgentRecords(database: OpenDatabase): AgentRecords {
  const { orm } = database;
  const writers = prepareWriters(orm);
  // Every write may be one that ends a cluster.
  const transact = <T>(work: (tx: Transaction) => T): Promise<T> =>
    database.run(() => orm.transaction(work, immediate));
  return {
    nextEpoch: (atLeast) => transact((tx) => grow(tx, "epoch", atLeast)),
    nextAccountIssue: (atLeast) => transact((tx) => grow(tx, "account-issue", atLeast)),
    find: async (cid) => find(orm, cid),
    enrol: (record) =>
      transact((tx) => {
        tx.insert(agents).values(record).onConflictDoNothing().run();
        return find(tx, record.cid) ?? { bootGeneration: 1, ...record, revokedAt: null, incarnation: null };
      }),
    setCredentialsExpiry: (cid, at) =>
      database.run(() => orm.update(agents).set({ credentialsExpireAt: at }).where(eq(agents.cid, cid)).run()),
    revoke: (cid, at) =>
      database.run(
        () =>
          orm
            .update(agents)
            .set({ revokedAt: at })
            .where(and(eq(agents.cid, cid), isNull(agents.revokedAt)))
            .returning({ cid: agents.cid })
            .all().length > 0,
      ),
    revoked: async (since, limit) =>
      orm
        .select({ cid: agents.cid, revokedAt: agents.revokedAt })
        .from(agents)
        .where(and(isNotNull(agents.revokedAt), gte(agents.revokedAt, since)))
        .orderBy(desc(agents.revokedAt))
        .limit(limit)
        .all()
        .map((row) => ({ cid: row.cid, revokedAt: row.revokedAt ?? 0 })),
    saveIncarnation: (cid, incarnation) =>
      transact((tx) => {
        const before = find(tx, cid);
        const isNew = before?.incarnation?.inc !== incarnation.inc;
        tx.update(agents)
          .set({ ...incarnation, ...(isNew ? { bootGeneration: (before?.bootGeneration ?? 0) + 1 } : {}) })
          .where(eq(agents.cid, cid))
          .run();
      }),
    // Heads keep what we do not take; on a full disk what is left here is for what ends things.
    applyEvents: async (batches) => {
      if (database.room.isTight()) database.room.require();
      return await transact((tx) => batches.map((batch) => applyBatch(tx, writers, batch)));
    },
    appendOwn: (cid, clusterName, row) =>
      transact((tx) => {
        const newest = tx
          .select({ seq: max(agentEvents.seq) })
          .from(agentEvents)
          .where(and(eq(agentEvents.cid, cid), eq(agentEvents.inc, CONTROLLER_INC)))
          .get();
        append(writers, { cid, clusterName, inc: CONTROLLER_INC }, [{ ...row, seq: (newest?.seq ?? 0) + 1 }]);
      }),
    eventsAfter: async (id, limit) =>
      orm.select().from(agentEvents).where(gt(agentEvents.id, id)).orderBy(asc(agentEvents.id)).limit(limit).all(),
    eventId: async (cid, inc, seq) =>
      orm
        .select({ id: agentEvents.id })
        .from(agentEvents)
        .where(and(eq(agentEvents.cid, cid), eq(agentEvents.inc, inc), eq(agentEvents.seq, seq)))
        .get()?.id ?? null,
    idBefore: async (at) =>
      (orm
        .select({ id: agentEvents.id })
        .from(agentEvents)
        .where(gte(agentEvents.at, at))
        .orderBy(asc(agentEvents.id))
        .limit(1)
        .get()?.id ?? lastId(orm) + 1) - 1,
    snapshotsAfter: async (eventId, limit) =>
      orm
        .select({ key: snapshots.key, value: snapshots.value, eventId: snapshots.eventId })
        .from(snapshots)
        .where(gt(snapshots.eventId, eventId))
        .orderBy(asc(snapshots.eventId))
        .limit(limit)
        .all(),
    publishMark: async () => readFact<PublishMark>(orm, "published") ?? { eventId: 0, stream: "", streamSeq: 0 },
    savePublishMark: (mark) => database.run(() => saveFact(orm, "published", { ...mark })),
    prune: (before) => transact((tx) => prune(tx, before)),
  };
}

const immediate = { behavior: "immediate" } as const;

function find(orm: Orm | Transaction, cid: string): AgentRecord | null {
  const row = orm.select().from(agents).where(eq(agents.cid, cid)).get();
  if (row === undefined) return null;
  const { dbId, inc, run, acked, ...rest } = row;
  return { ...rest, incarnation: dbId === null ? null : { dbId, inc, run, acked } };
}

/** Written thousands of times a second, so the statements are made once. They run in whatever transaction is open. */
function prepareWriters(orm: Orm) {
  const { placeholder } = sql;
  return {
    event: orm
      .insert(agentEvents)
      .values({
        cid: placeholder("cid"),
        clusterName: placeholder("clusterName"),
        inc: placeholder("inc"),
        seq: placeholder("seq"),
        at: placeholder("at"),
        kind: placeholder("kind"),
        body: placeholder("body"),
      })
      .returning({ id: agentEvents.id })
      .prepare(),
    snapshot: orm
      .insert(snapshots)
      .values({
        key: placeholder("key"),
        cid: placeholder("cid"),
        value: placeholder("whole"),
        eventId: placeholder("eventId"),
      })
      .onConflictDoUpdate({
        target: snapshots.key,
        set: {
          eventId: sql`${placeholder("eventId")}`,
          value: sql`json_patch(${snapshots.value}, ${placeholder("patch")})`,
        },
      })
      .prepare(),
  };
}

type Writers = ReturnType<typeof prepareWriters>;

function applyBatch(tx: Transaction, writers: Writers, batch: EventBatch): BatchOutcome {
  const agent = find(tx, batch.cid);
  const known = agent?.incarnation;
  if (agent === null || known === null || known === undefined || known.inc < batch.inc)
    return { ok: false, error: "register-first" };
  if (batch.inc < known.inc || batch.run < known.run) return { ok: false, error: "fenced" };
  const fresh: EventRow[] = [];
  let { acked } = known;
  for (const row of batch.rows) {
    if (row.seq <= acked) continue;
    if (row.seq !== acked + 1) break;
    fresh.push(row);
    acked = row.seq;
  }
  append(writers, { cid: batch.cid, clusterName: agent.clusterName, inc: batch.inc }, fresh);
  if (acked > known.acked) tx.update(agents).set({ acked }).where(eq(agents.cid, batch.cid)).run();
  return { ok: true, acked };
}

/** Changes of one snapshot by several events are merged first: a job's whole life often comes in one batch. */
function append(
  writers: Writers,
  from: { cid: string; clusterName: string; inc: number },
  rows: readonly EventRow[],
): void {
  const changed = new Map<string, { eventId: number; value: Readonly<Record<string, unknown>> }>();
  for (const { patch, ...event } of rows) {
    const { id } = writers.event.get({ ...from, ...event });
    if (patch !== null)
      changed.set(patch.key, { eventId: id, value: { ...changed.get(patch.key)?.value, ...defined(patch.value) } });
  }
  for (const [key, { eventId, value }] of changed) {
    writers.snapshot.run({
      key,
      cid: from.cid,
      eventId,
      whole: { cluster: from.clusterName, ...value },
      patch: JSON.stringify(value),
    });
  }
}

/** A field that is not named leaves what was there. */
function defined(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

function prune(
  tx: Transaction,
  before: { readonly events: number; readonly snapshots: number; readonly agents: number },
): string[] {
  const mark = readFact<PublishMark>(tx, "published");
  tx.delete(agentEvents)
    .where(and(lt(agentEvents.at, before.events), lte(agentEvents.id, mark?.eventId ?? 0)))
    .run();
  const ended = tx
    .select({ cid: agents.cid })
    .from(agents)
    .where(and(isNotNull(agents.revokedAt), lt(agents.revokedAt, before.snapshots)));
  const keys = tx
    .delete(snapshots)
    .where(inArray(snapshots.cid, ended))
    .returning({ key: snapshots.key })
    .all()
    .map((row) => row.key);
  tx.delete(agents)
    .where(and(isNotNull(agents.revokedAt), lt(agents.revokedAt, before.agents)))
    .run();
  return keys;
}

function lastId(orm: Orm | Transaction): number {
  return (
    orm
      .select({ id: max(agentEvents.id) })
      .from(agentEvents)
      .get()?.id ?? 0
  );
}

function grow(tx: Transaction, name: string, atLeast: number): number {
  const value = Math.max(atLeast, (readFact<{ value: number }>(tx, name)?.value ?? 0) + 1);
  saveFact(tx, name, { value });
  return value;
}

/** Only this file writes these rows, so their shape is what it wrote. */
function readFact<T>(orm: Orm | Transaction, name: string): T | null {
  return (orm.select().from(hubFacts).where(eq(hubFacts.name, name)).get()?.value as T | undefined) ?? null;
}

function saveFact(orm: Orm | Transaction, name: string, value: Readonly<Record<string, unknown>>): void {
  orm.insert(hubFacts).values({ name, value }).onConflictDoUpdate({ target: hubFacts.name, set: { value } }).run();
}
