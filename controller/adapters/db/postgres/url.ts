// The address of a Postgres database as libpq writes it, and what of it may be shown.
import { StixError } from "#shared/errors/stix-error.ts";

export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof sslModes)[number];

export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  /** Folder of the server's socket; null: over TCP. */
  readonly socketFolder: string | null;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslMode: SslMode;
  /** File of certificates to trust; null: those of the machine. */
  readonly sslRootCert: string | null;
  readonly connectTimeoutS: number;
  /** Without the password. */
  readonly shown: string;
}

const KNOWN = new Set(["sslmode", "sslrootcert", "connect_timeout", "host", "application_name"]);
const EXAMPLE = "postgres://USER:PASSWORD@HOST:5432/DATABASE";

/** True for what is meant as an address of Postgres; SkyPilot's way of writing it (`postgresql+psycopg2://`) too. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?(\+\w+)?:\/\//i.test(text);
}

/** Throws StixError bad-value; no text of it holds the password. */
export function parsePostgresUrl(text: string): PostgresAddress {
  const url = URL.parse(text.replace(/^postgres(ql)?(\+\w+)?:/i, "postgres:"));
  if (!isPostgresUrl(text) || url === null) throw wrong("it is no address of Postgres");
  const unknown = [...url.searchParams.keys()].find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw wrong(`'${unknown}' is not known; known are ${[...KNOWN].toSorted().join(", ")}`);
  const parameter = (name: string) => url.searchParams.get(name);
  const host = parameter("host") ?? decoded(url.hostname);
  const database = decoded(url.pathname.slice(1));
  const user = decoded(url.username);
  if (user === "" || database === "") throw wrong(`it names no ${user === "" ? "user" : "database"}`);
  const socketFolder = host.startsWith("/") ? host : null;
  const port = url.port === "" ? 5432 : Number(url.port);
  return {
    host: socketFolder === null ? host.replace(/^\[|\]$/g, "") || "127.0.0.1" : "",
    port,
    socketFolder,
    user,
    password: decoded(url.password),
    database,
    sslMode: sslModeOf(parameter("sslmode"), parameter("sslrootcert")),
    sslRootCert: parameter("sslrootcert"),
    connectTimeoutS: positive(parameter("connect_timeout")) ?? 10,
    shown: `postgres://${user}@${socketFolder ?? (host || "127.0.0.1")}:${port}/${database}`,
  };
}

/** As libpq: with a file of certificates, `require` checks them. */
function sslModeOf(text: string | null, rootCert: string | null): SslMode {
  const mode = sslModes.find((each) => each === (text ?? "prefer"));
  if (mode === undefined) throw wrong(`sslmode '${text ?? ""}' is not one of ${sslModes.join(", ")}`);
  return mode === "require" && rootCert !== null ? "verify-ca" : mode;
}

function positive(text: string | null): number | null {
  const value = Number(text);
  return text !== null && Number.isFinite(value) && value > 0 ? value : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("a % in it is not followed by two digits; write it as %25");
  }
}

function wrong(why: string): StixError {
  return new StixError({
    code: "bad-value",
    message: `the address of the database cannot be used: ${why}`,
    hint: `STIX_DB=${EXAMPLE}, special signs in user and password as %XX; without it stix keeps a file`,
  });
}
