// One clear error for whatever Postgres, or the way to it, says. None holds the password.
import { StixError, errorText, isStixError } from "#shared/errors/stix-error.ts";
import type { PostgresAddress } from "./url.ts";

/** Nothing of a transaction that ends so was done: it may be done again. */
const REPEATABLE = new Set(["40001", "40P01"]);
/** The server goes, is not there yet, or cut the connection. */
const GONE = /^(57P0[1-5]|08\w{3}|53300)$/;
const GONE_HERE =
  /^ERR_POSTGRES_(CONNECTION_(CLOSED|REFUSED|TIMEOUT|FAILED)|IDLE_TIMEOUT|LIFETIME_TIMEOUT|EXPECTED_REQUEST|UNEXPECTED_MESSAGE)|^E(CONNRESET|PIPE|CONNREFUSED|TIMEDOUT)$/;

export function isRepeatable(error: unknown): boolean {
  return REPEATABLE.has(stateOf(error));
}

/** The connection is lost, or none can be had. */
export function isGone(error: unknown): boolean {
  return GONE.test(stateOf(error)) || GONE_HERE.test(textOf(error, "code"));
}

/** A StixError for what Postgres said; anything else comes back unchanged. */
export function postgresError(address: PostgresAddress, error: unknown): unknown {
  if (isStixError(error)) return error;
  const state = stateOf(error);
  const { shown, user, database } = address;
  const told = (
    code: "bad-database" | "no-permission" | "disk-full" | "database-unreachable",
    message: string,
    hint: string,
  ) => new StixError({ code, message, hint, cause: error });
  if (state === "28P01" || state === "28000")
    return told(
      "no-permission",
      `Postgres does not let '${user}' in at ${shown}: ${textOf(error, "message")}`,
      `check user and password in STIX_DB (special signs as %XX), and pg_hba.conf of that server`,
    );
  if (state === "3D000")
    return told(
      "bad-database",
      `Postgres has no database '${database}' at ${shown}`,
      `createdb -O ${user} ${database}`,
    );
  if (state === "42501")
    return told(
      "no-permission",
      `'${user}' may not make tables in ${shown}: ${textOf(error, "message")}`,
      `ALTER DATABASE "${database}" OWNER TO "${user}", or GRANT CREATE ON SCHEMA public TO "${user}"`,
    );
  if (state === "42P07")
    return told(
      "bad-database",
      `${shown} has tables of another program: ${textOf(error, "message")}`,
      `make an empty database for stix: createdb -O ${user} stix`,
    );
  if (state === "53100")
    return told(
      "disk-full",
      `the disk of the Postgres server at ${shown} is full`,
      "free some space there, then try again",
    );
  if (state === "25006")
    return told("no-permission", `${shown} can only be read (a standby?)`, "name the primary server in STIX_DB");
  if (isGone(error) || isTls(error)) return unreachable(address, error);
  return error;
}

export function unreachable(address: PostgresAddress, error: unknown): StixError {
  const way = isTls(error)
    ? "sslmode and sslrootcert in STIX_DB"
    : "that it runs and that host and port in STIX_DB are right";
  return new StixError({
    code: "database-unreachable",
    message: `Postgres does not answer at ${address.shown}: ${reasonOf(error)}`,
    hint: `check ${way}: psql '${address.shown}'`,
    cause: error,
  });
}

function reasonOf(error: unknown): string {
  return errorText(error).replace(/\.$/, "").toLowerCase();
}

function isTls(error: unknown): boolean {
  return /TLS|SSL|CERT|SELF_SIGNED|UNABLE_TO_/.test(textOf(error, "code"));
}

function stateOf(error: unknown): string {
  return textOf(error, "errno") || (error instanceof Error && error.cause !== undefined ? stateOf(error.cause) : "");
}

function textOf(error: unknown, field: "code" | "errno" | "message"): string {
  const value = (error as Readonly<Record<string, unknown>> | null | undefined)?.[field];
  return typeof value === "string" ? value : "";
}
