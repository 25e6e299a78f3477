// The agent's database: jobs, what was submitted, events for the controller, and small facts about itself. Every change
// is one transaction that is on the disk when `apply` returns.
import { Database } from "bun:sqlite";
import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { jobStates } from "#shared/lifecycle/job.ts";
import { jobStage, stages } from "#shared/lifecycle/stage.ts";
import { fillReserve, limitGrowth, onFullDisk } from "#shared/os/sqlite-reserve.ts";
import { clusterEventSchema, type ClusterEvent } from "#shared/wire/events.ts";
import { jobSpecSchema, type JobSpec } from "#shared/wire/rpc.ts";
import { z } from "zod";
import { attemptDocSchema, UNITS, type Demand, type Job } from "../queue/state.ts";

const SCHEMA_VERSION = 1;

/** Forward only; a newer file is refused. `spec` belongs to all jobs of a submission and is named by the first. */
const SCHEMA = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE spec(spec_id INTEGER PRIMARY KEY, spec_json TEXT NOT NULL);
CREATE TABLE submission(idem TEXT PRIMARY KEY, spec_hash TEXT NOT NULL, first INTEGER NOT NULL, copies INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE job(
  jid INTEGER PRIMARY KEY, spec_id INTEGER NOT NULL, user_hash TEXT NOT NULL, state TEXT NOT NULL, stage TEXT NOT NULL,
  attempt INTEGER NOT NULL, submitted_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER,
  exit_codes_json TEXT, reason TEXT, doc_json TEXT NOT NULL);
CREATE INDEX job_spec ON job(spec_id);
CREATE INDEX job_open ON job(jid) WHERE stage <> '${jobStage.final}';
CREATE TABLE ev(seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, event_json TEXT NOT NULL);
`;

/** Small facts that outlive the process. */
export type MetaKey =
  | "db_id"
  | "inc"
  | "run"
  | "epoch"
  | "acked"
  | "boot_id"
  | "autostop"
  | "autostopping"
  | "draining"
  | "head_run"
  | "node_boots";

const rowSchema = z.object({
  jid: z.number(),
  spec_id: z.number(),
  user_hash: z.string(),
  state: z.enum(jobStates),
  stage: z.enum(stages),
  attempt: z.number(),
  submitted_at: z.number(),
  started_at: z.number().nullable(),
  ended_at: z.number().nullable(),
  exit_codes_json: z.string().nullable(),
  reason: z.string().nullable(),
  doc_json: z.string(),
});
export type JobRow = z.infer<typeof rowSchema>;

export interface Change {
  readonly specs?: readonly { readonly specId: number; readonly spec: JobSpec }[];
  readonly submissions?: readonly {
    readonly idem: string;
    readonly specHash: string;
    readonly first: number;
    readonly copies: number;
  }[];
  readonly jobs?: Iterable<Job>;
  readonly events?: readonly ClusterEvent[];
  readonly meta?: Readonly<Partial<Record<MetaKey, string>>>;
  readonly now: number;
}

export type Store = ReturnType<typeof openStore>;

/** Opens or makes the database and holds it alone until the process ends, however it ends. Throws SQLite's errors. */
export function openStore(path: string) {
  // Specifications hold secrets: nobody else may read the file, nor those SQLite makes beside it.
  closeSync(openSync(path, "a", 0o600));
  const db = new Database(path, { create: true, strict: true });
  db.run(
    "PRAGMA busy_timeout=2000; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4000;",
  );
  migrate(db);
  limitGrowth(db, 0);
  const statements = {
    spec: db.prepare("INSERT OR REPLACE INTO spec VALUES(?, ?)"),
    submission: db.prepare("INSERT INTO submission VALUES(?, ?, ?, ?)"),
    job: db.prepare("INSERT OR REPLACE INTO job VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    event: db.prepare("INSERT INTO ev(at, event_json) VALUES(?, ?)"),
    meta: db.prepare("INSERT OR REPLACE INTO meta VALUES(?, ?)"),
    getMeta: db.prepare("SELECT value FROM meta WHERE key = ?"),
    getSpec: db.prepare("SELECT spec_json FROM spec WHERE spec_id = ?"),
    getSubmission: db.prepare("SELECT spec_hash, first, copies FROM submission WHERE idem = ?"),
    getJob: db.prepare("SELECT * FROM job WHERE jid = ?"),
    events: db.prepare("SELECT seq, at, event_json FROM ev WHERE seq > ? ORDER BY seq LIMIT ?"),
    eventRange: db.prepare("SELECT coalesce(min(seq), 0) AS first, coalesce(max(seq), 0) AS last FROM ev"),
  };

  const write = db.transaction((change: Change) => {
    for (const { specId, spec } of change.specs ?? []) statements.spec.run(specId, JSON.stringify(spec));
    for (const { idem, specHash, first, copies } of change.submissions ?? [])
      statements.submission.run(idem, specHash, first, copies);
    for (const job of change.jobs ?? []) statements.job.run(...Object.values(rowFromJob(job)));
    for (const event of change.events ?? []) statements.event.run(change.now, JSON.stringify(event));
    for (const [key, value] of Object.entries(change.meta ?? {})) statements.meta.run(key, value);
  });

  return {
    /** All of it or nothing. Throws when the disk does not take it. */
    apply: (change: Change): void => onFullDisk(db, dirname(path), () => write.immediate(change)),
    /** Keeps room for writes on a full disk; see there. */
    keepReserve: (): void => fillReserve(db, dirname(path)),
    meta: (key: MetaKey): string | null =>
      z.object({ value: z.string() }).nullable().parse(statements.getMeta.get(key))?.value ?? null,
    spec: (specId: number): JobSpec | null => {
      const row = z.object({ spec_json: z.string() }).nullable().parse(statements.getSpec.get(specId));
      return row === null ? null : jobSpecSchema.parse(JSON.parse(row.spec_json));
    },
    submission: (idem: string) =>
      z
        .object({ spec_hash: z.string(), first: z.number(), copies: z.number() })
        .nullable()
        .parse(statements.getSubmission.get(idem)),
    job: (jid: number): JobRow | null => rowSchema.nullable().parse(statements.getJob.get(jid)),
    openJobs: (): JobRow[] =>
      rowSchema.array().parse(db.query(`SELECT * FROM job WHERE stage <> '${jobStage.final}' ORDER BY jid`).all()),
    /** Newest first. */
    listJobs: (filter: {
      readonly userHash: string | null;
      readonly limit: number;
      readonly openOnly: boolean;
    }): JobRow[] =>
      rowSchema
        .array()
        .parse(
          db
            .query(
              `SELECT * FROM job WHERE (?1 IS NULL OR user_hash = ?1) ${filter.openOnly ? "AND ended_at IS NULL" : ""} ORDER BY jid DESC LIMIT ?2`,
            )
            .all(filter.userHash, filter.limit),
        ),
    lastJid: (): number =>
      z.object({ last: z.number() }).parse(db.query("SELECT coalesce(max(jid), 0) AS last FROM job").get()).last,
    countsByState: (): Record<string, number> => {
      const rows = z
        .object({ state: z.string(), n: z.number() })
        .array()
        .parse(db.query("SELECT state, count(*) AS n FROM job GROUP BY state").all());
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    },
    /** Events after `seq` in order, at most `limit`. */
    eventsAfter: (seq: number, limit: number): [number, number, ClusterEvent][] =>
      z
        .object({ seq: z.number(), at: z.number(), event_json: z.string() })
        .array()
        .parse(statements.events.all(seq, limit))
        .map((row) => [row.seq, row.at, clusterEventSchema.parse(JSON.parse(row.event_json))]),
    eventRange: (): { first: number; last: number } =>
      z.object({ first: z.number(), last: z.number() }).parse(statements.eventRange.get()),
    /** Forgets events that the controller has and that are older than `before`. Unacknowledged ones stay. */
    pruneEvents: (acked: number, before: number): void =>
      void db.query("DELETE FROM ev WHERE seq <= ? AND at < ? AND seq < (SELECT max(seq) FROM ev)").run(acked, before),
    /** Forgets all but the newest jobs that have ended, with what was submitted for them. Their logs stay until the node goes. */
    pruneJobs: (kept: number): void => {
      const row = z.object({ last: z.number() }).parse(db.query("SELECT coalesce(max(jid), 0) AS last FROM job").get());
      const before = row.last - kept;
      if (before <= 0) return;
      db.transaction(() => {
        db.query(`DELETE FROM job WHERE jid <= ? AND stage = '${jobStage.final}'`).run(before);
        const unused = "NOT EXISTS (SELECT 1 FROM job WHERE job.spec_id =";
        db.query(`DELETE FROM submission WHERE first <= ? AND ${unused} submission.first)`).run(before);
        db.query(`DELETE FROM spec WHERE spec_id <= ? AND ${unused} spec.spec_id)`).run(before);
      }).immediate();
    },
    close: (): void => {
      // An open statement would keep the file locked.
      for (const statement of Object.values(statements)) statement.finalize();
      db.close();
    },
  };
}

function migrate(db: Database): void {
  const { user_version: found } = z.object({ user_version: z.number() }).parse(db.query("PRAGMA user_version").get());
  if (found > SCHEMA_VERSION)
    throw new Error(`the database is of version ${found}, this skylet knows ${SCHEMA_VERSION}`);
  if (found === SCHEMA_VERSION) return;
  db.transaction(() => {
    db.run(SCHEMA);
    db.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}

/** A job's row, in the order of the table's columns. */
export function rowFromJob(job: Job): JobRow {
  const { placements, launches, outcome } = job;
  return {
    jid: job.jid,
    spec_id: job.demand.specId,
    user_hash: job.demand.userHash,
    state: job.state,
    stage: job.stage,
    attempt: job.attempt,
    submitted_at: job.submittedAt,
    started_at: job.startedAt,
    ended_at: job.endedAt,
    exit_codes_json: job.exitCodes === null ? null : JSON.stringify(job.exitCodes),
    reason: job.reason,
    doc_json: JSON.stringify({ placements, launches, outcome }),
  };
}

/** The part of a specification that the queue decides by. */
export function demandOf(spec: JobSpec): Omit<Demand, "specId"> {
  return {
    name: spec.name,
    user: spec.user,
    userHash: spec.userHash,
    numNodes: spec.numNodes,
    cpuUnits: Math.round(spec.cpus * UNITS),
    deviceUnits: Math.round((spec.accelerator?.count ?? 0) * UNITS),
    hasSetup: spec.setup !== null,
    hasRun: spec.run !== null,
  };
}

/** A job as the queue holds it, from its row. */
export function jobFromRow(row: JobRow, demand: Demand): Job {
  const doc = attemptDocSchema.parse(JSON.parse(row.doc_json));
  return {
    jid: row.jid,
    demand,
    state: row.state,
    stage: row.stage,
    attempt: row.attempt,
    submittedAt: row.submitted_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    exitCodes: parseCodes(row.exit_codes_json),
    reason: row.reason,
    placements: doc.placements,
    launches: doc.launches,
    outcome: doc.outcome,
    answered: new Set(),
    confirmed: new Set(),
    stageSince: 0,
    notBefore: 0,
  };
}

export function parseCodes(json: string | null): number[] | null {
  return json === null ? null : z.array(z.number()).parse(JSON.parse(json));
}
