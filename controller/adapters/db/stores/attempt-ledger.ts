// Keeps the promises of the attempts' ledger in the database.
import { asc, eq, ne } from "drizzle-orm";
import { z } from "zod";
import type { AttemptLedger, AttemptNote, AttemptRecord } from "#controller/ports/attempts.ts";
import { attemptLife, attemptState, type AttemptMove } from "#shared/lifecycle/attempt.ts";
import { step } from "#shared/lifecycle/moves.ts";
import { deed, first, type Database, type Orm, type Work } from "../database.ts";
import type { Tables } from "../tables/tables.ts";
import { readJson, readJsonOrNull, writeJsonOrNull } from "./json-column.ts";
import { ownerOfCluster } from "./owners.ts";
import { placementSchema } from "./stored-shapes.ts";

type Attempts = Tables["attempts"];

/** The columns, without whose they are. */
type Plain = Omit<Attempts["$inferSelect"], "userHash" | "workspace">;

const refusalSchema = z.looseObject({
  kind: z.string(),
  reach: z.union([z.string(), z.looseObject({ regions: z.array(z.string()) })]),
  message: z.string(),
  hint: z.string(),
  at: z.number(),
}) as unknown as z.ZodType<NonNullable<AttemptRecord["failure"]>>;
const removalSchema = z.looseObject({
  tries: z.number(),
  refusal: refusalSchema.nullable(),
}) as unknown as z.ZodType<NonNullable<AttemptRecord["removal"]>>;

export function createAttemptLedger(db: Database): AttemptLedger {
  const { attempts } = db.tables;
  const inOrder = [asc(attempts.startedAt), asc(attempts.id)];
  return {
    addAttempt: (record) =>
      db.transact(function* (tx) {
        const owner = yield* ownerOfCluster(db.tables, tx, record.cid);
        yield* deed(
          tx
            .insert(attempts)
            .values({ ...rowOf(record), ...owner })
            .onConflictDoNothing(),
        );
      }),
    moveAttempt: (id, event, at, note = {}) => db.transact((tx) => takeMove(db.tables, tx, id, { event, at, note })),
    attempts: async (cid) =>
      (
        await db.read((orm) =>
          orm
            .select()
            .from(attempts)
            .where(eq(attempts.cid, cid))
            .orderBy(...inOrder),
        )
      ).map(recordOf),
    openAttempts: async () =>
      (
        await db.read((orm) =>
          orm
            .select()
            .from(attempts)
            .where(ne(attempts.state, "removed"))
            .orderBy(...inOrder),
        )
      ).map(recordOf),
  };
}

interface Move {
  readonly event: AttemptMove;
  readonly at: number;
  readonly note: AttemptNote;
}

/** Inside of a transaction: with the change of another row, both or neither. null: the move does not exist. */
export function* takeMove(
  { attempts }: Tables,
  tx: Orm,
  id: string,
  { event, at, note }: Move,
): Work<AttemptRecord | null> {
  const row = yield* first(tx.select().from(attempts).where(eq(attempts.id, id)));
  const state = row === undefined ? null : step(attemptLife, row.state, event);
  if (row === undefined || state === null || typeof state !== "string") return null;
  const record = {
    ...recordOf(row),
    ...note,
    state,
    ...(state === attemptState.removed ? { endedAt: at } : {}),
  };
  yield* deed(tx.update(attempts).set(rowOf(record)).where(eq(attempts.id, id)));
  return record;
}

function rowOf({ placement, failure, removal, ...plain }: AttemptRecord): Plain {
  return {
    ...plain,
    placementJson: JSON.stringify(placement),
    failureJson: writeJsonOrNull(failure),
    removalJson: writeJsonOrNull(removal),
  };
}

function recordOf(row: Attempts["$inferSelect"]): AttemptRecord {
  const { placementJson, failureJson, removalJson, userHash: _, workspace: _workspace, ...plain } = row;
  const at = (column: string) => ({ table: "attempts", column, key: row.id });
  return {
    ...plain,
    placement: readJson(placementSchema, placementJson, at("placement_json")),
    failure: readJsonOrNull(refusalSchema, failureJson, at("failure_json")),
    removal: readJsonOrNull(removalSchema, removalJson, at("removal_json")),
  };
}
