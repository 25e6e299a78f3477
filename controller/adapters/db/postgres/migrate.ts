// Brings a Postgres database to the newest schema: all migrations or none, one server at a time.
import { StixError } from "#shared/errors/stix-error.ts";
import type { Migration } from "../migrations/migrations.ts";
import { inPostgresWords } from "./dialect.ts";

/** One open transaction. */
export interface Session {
  unsafe(sql: string): PromiseLike<readonly Readonly<Record<string, unknown>>[]>;
}

/** pg_current_xact_id, by which a lost COMMIT is looked up, is younger than 12. */
const OLDEST = 13;

/** Throws bad-database: too old a server, or a newer version wrote it. */
export async function migrate(session: Session, shown: string, list: readonly Migration[]): Promise<void> {
  const [server] = await session.unsafe("SELECT current_setting('server_version_num')::int AS version");
  const major = Math.floor(Number(server?.["version"]) / 10_000);
  if (major < OLDEST) {
    throw new StixError({
      code: "bad-database",
      message: `the Postgres server at ${shown} has version ${major}; stix needs ${OLDEST} or newer`,
      hint: "use a newer server in STIX_DB, or leave STIX_DB away to keep a file",
    });
  }
  await session.unsafe("SELECT pg_advisory_xact_lock(1398229848, 0)");
  await session.unsafe("CREATE TABLE IF NOT EXISTS stix_schema (version BIGINT NOT NULL)");
  const [row] = await session.unsafe("SELECT version::int AS version FROM stix_schema");
  const now = Number(row?.["version"] ?? 0);
  const newest = list.at(-1)?.version ?? 0;
  if (now > newest) {
    throw new StixError({
      code: "bad-database",
      message: `the database ${shown} was written by a newer version (schema ${now}, this program knows ${newest})`,
      hint: "install the newer stix again, or name another database in STIX_DB",
    });
  }
  for (const { sql, postgres } of list.filter((each) => each.version > now))
    await session.unsafe(inPostgresWords(postgres ?? sql));
  if (row === undefined) await session.unsafe(`INSERT INTO stix_schema VALUES (${newest})`);
  else if (now < newest) await session.unsafe(`UPDATE stix_schema SET version = ${newest}`);
}
