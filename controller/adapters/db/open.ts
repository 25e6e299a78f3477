// Which database keeps the state: a file of this machine, or the Postgres that the settings name.
import type { Database } from "./database.ts";
import type { PostgresOptions } from "./postgres/database.ts";
import { openDatabase } from "./sqlite/database.ts";

export interface DatabaseSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `db` of the server's config file. */
  readonly configured: unknown;
  readonly file: string;
}

/** The address of Postgres: STIX_DB, SkyPilot's variable, or the config file's `db`. null: a file. */
export function postgresUrlOf({ env, configured }: Omit<DatabaseSettings, "file">): string | null {
  const named = [env["STIX_DB"], env["SKYPILOT_DB_CONNECTION_URI"], configured];
  return named.find((each): each is string => typeof each === "string" && each !== "") ?? null;
}

/** Throws what `openDatabase` and `openPostgres` throw. */
export async function openStateDatabase(settings: DatabaseSettings, options: PostgresOptions): Promise<Database> {
  const url = postgresUrlOf(settings);
  if (url === null) return openDatabase(settings.file);
  // Who keeps a file does not load the other engine.
  const { openPostgres } = await import("./postgres/database.ts");
  return await openPostgres(url, options);
}
