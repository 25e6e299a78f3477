// The same promises kept by Postgres: any number of servers on one database. Loaded only when STIX_DB names one.
import type { ReservedSQL, SQL } from "bun";
import { DrizzleQueryError } from "drizzle-orm";
import { drizzle } from "drizzle-orm/bun-sql";
import type { DiskRoom } from "#controller/ports/disk-room.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Time } from "#shared/clock.ts";
import type { Database, Deed, Orm, Rows, TransactOptions, Work } from "../database.ts";
import { migrations, type Migration } from "../migrations/migrations.ts";
import { postgresKit } from "../tables/postgres-kit.ts";
import { makeTables } from "../tables/tables.ts";
import { postgresPool } from "./connect.ts";
import { isGone, isRepeatable, postgresError, unreachable } from "./errors.ts";
import { listenForEvents } from "./event-news.ts";
import { migrate } from "./migrate.ts";
import { parsePostgresUrl, type PostgresAddress } from "./url.ts";

export interface PostgresOptions {
  readonly time: Pick<Time, "monotonic" | "sleep" | "every">;
  readonly tell: (event: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly migrations?: readonly Migration[];
  /** How often other servers' events are looked for. */
  readonly pollMs?: number;
}

export interface PostgresDatabase extends Database {
  close(): Promise<void>;
}

/** A server that restarts is back within that; whoever waits longer is told. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 100;
const PAUSE_MAX_MS = 1_000;
/** First half of the numbers of our locks in the server; the second half says which. */
const LOCKS = 1_398_229_848;
const lockNumbers = { events: 1, facts: 2, monitors: 3, waits: 4 } as const;

/** Events of other servers reach ours at the latest then. */
const POLL_MS = 1_000;

const tables = makeTables(postgresKit);

/**
 * Opens and migrates the database at this address. Throws StixError: bad-value (the address), database-unreachable, no-permission
 * (user, password, rights), bad-database (none of this name, a newer version's, too old a server).
 */
export async function openPostgres(url: string, options: PostgresOptions): Promise<PostgresDatabase> {
  const address = parsePostgresUrl(url);
  const pool = await reachablePool(address);
  try {
    await pool.begin((session) => migrate(session, address.shown, options.migrations ?? migrations));
  } catch (error) {
    await pool.close({ timeout: 0 });
    throw postgresError(address, error);
  }
  return databaseOn(pool, address, options);
}

/** With TLS where the server has it; `prefer` and `allow` go on without. */
async function reachablePool(address: PostgresAddress): Promise<SQL> {
  const pool = postgresPool(address);
  try {
    await pool.unsafe("SELECT 1");
    return pool;
  } catch (error) {
    await pool.close({ timeout: 0 });
    const isOptional = address.sslMode === "prefer" || address.sslMode === "allow";
    if (isOptional && (error as { code?: unknown }).code === "ERR_POSTGRES_TLS_NOT_AVAILABLE")
      return await reachablePool({ ...address, sslMode: "disable" });
    throw postgresError(address, error);
  }
}

function databaseOn(pool: SQL, address: PostgresAddress, options: PostgresOptions): PostgresDatabase {
  const orm = drizzle({ client: pool }) as unknown as Orm;
  const patiently = patience(address, options);
  const news = listenForEvents(pool, options.time, options.pollMs ?? POLL_MS);
  const transact = async <T>(work: (tx: Orm) => Work<T>, how?: TransactOptions): Promise<T> => {
    const result = await patiently((lost) => inTransaction(pool, work, how, lost));
    if (how?.serial === "events") news.tell();
    return result;
  };
  return {
    tables,
    read: (build) => patiently(async () => await answerOf(build(orm))),
    look: (work) => patiently(async () => await finish(work(orm))),
    // In a transaction too: only so it can be known afterwards whether it was done.
    write: (async (build: (orm: Orm) => Rows<unknown> | Deed) =>
      await transact(function* (tx): Work<unknown[]> {
        return yield build(tx);
      })) as Database["write"],
    transact,
    prepare: (make) => (values) => (on) => preparedOn(make(on), values),
    onEvents: news.onEvents,
    room: boundless,
    async close() {
      news.stop();
      await pool.close({ timeout: 1 });
    },
  };
}

/** The server has a disk of its own, and says itself when it is full. */
const boundless: DiskRoom = {
  isFull: () => false,
  require: () => undefined,
  isTight: () => false,
  keepReserve: () => undefined,
};

/** Waits for a server that went away, and does again what did not happen. Gives up with one error after a while. */
function patience(address: PostgresAddress, { time, tell }: PostgresOptions) {
  return async <T>(work: (lost: Lost) => Promise<T>): Promise<T> => {
    const lost: Lost = { xid: null };
    let since: number | null = null;
    for (let pause = PAUSE_MS; ; pause = Math.min(pause * 2, PAUSE_MAX_MS)) {
      try {
        return await work(lost);
      } catch (error) {
        if (!isGone(error) && !isRepeatable(error)) throw postgresError(address, error);
        if (since === null) tell("database-waited-for", { database: address.shown, error: String(error) });
        since ??= time.monotonic();
        if (time.monotonic() - since > PATIENCE_MS) throw unreachable(address, error);
        await time.sleep(pause);
      }
    }
  };
}

/** A transaction whose end was not heard of. */
interface Lost {
  xid: string | null;
  result?: unknown;
}

async function inTransaction<T>(
  pool: SQL,
  work: (tx: Orm) => Work<T>,
  how: TransactOptions = {},
  lost: Lost,
): Promise<T> {
  const session = await pool.reserve();
  try {
    if (lost.xid !== null && (await wasCommitted(session, lost.xid))) return lost.result as T;
    lost.xid = null;
    await session.unsafe(how.isRelaxed === true ? "BEGIN; SET LOCAL synchronous_commit = off" : "BEGIN");
    const xid = await beginAs(session, how);
    const result = await finish(work(drizzle({ client: session }) as unknown as Orm));
    lost.xid = xid;
    lost.result = result;
    await session.unsafe("COMMIT");
    lost.xid = null;
    return result;
  } catch (error) {
    // Lost with its connection: the server undoes it by itself.
    await session.unsafe("ROLLBACK").catch(() => undefined);
    throw error;
  } finally {
    await session.release();
  }
}

/** The transaction's number, after its turn has come. */
async function beginAs(session: ReservedSQL, { serial }: TransactOptions): Promise<string> {
  const lock = serial === undefined ? "" : `, pg_advisory_xact_lock(${LOCKS}, ${lockNumbers[serial]})`;
  const [row] = (await session.unsafe(`SELECT pg_current_xact_id()::text AS xid${lock}`)) as { xid: string }[];
  return row?.xid ?? "";
}

/** Whether a transaction whose COMMIT was sent and not answered happened. Throws while it is still under way. */
async function wasCommitted(session: ReservedSQL, xid: string): Promise<boolean> {
  const [row] = (await session.unsafe("SELECT pg_xact_status($1::xid8) AS status", [xid])) as {
    status: string | null;
  }[];
  if (row?.status === "in progress")
    throw Object.assign(new Error("the end of a transaction is not known yet"), { errno: "08007" });
  if (row?.status === "committed") return true;
  if (row?.status === "aborted") return false;
  throw new StixError({
    code: "database-unreachable",
    message: "the database forgot whether a change was made before it went away",
    hint: "look at stix status and stix api status, then try again",
  });
}

async function finish<T>(work: Work<T>): Promise<T> {
  let step = work.next();
  while (step.done !== true) {
    let answer: unknown[];
    try {
      answer = await answerOf(step.value);
    } catch (error) {
      step = work.throw(error);
      continue;
    }
    step = work.next(answer);
  }
  return step.value;
}

/** What Postgres' builder makes is run by `execute`. Its own error would show the values of the query: secrets may be among them. */
async function answerOf<Row>(query: Rows<Row> | Deed): Promise<Row[]> {
  try {
    return await (query as unknown as { execute(): Promise<Row[]> }).execute();
  } catch (error) {
    throw error instanceof DrizzleQueryError && error.cause !== undefined ? error.cause : error;
  }
}

function preparedOn<Row>(query: unknown, values: Readonly<Record<string, unknown>>): Rows<Row> {
  const prepared = (query as { prepare(): { execute(values: unknown): Promise<Row[]> } }).prepare();
  return { execute: () => prepared.execute(values) } as unknown as Rows<Row>;
}
