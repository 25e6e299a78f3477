// The pool of connections to Postgres, with TLS as libpq's sslmode says.
import { SQL } from "bun";
import { readFileSync } from "node:fs";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { StixError, errorText } from "#shared/errors/stix-error.ts";
import type { PostgresAddress } from "./url.ts";

/** Transactions are short; more would only wait for each other. */
const CONNECTIONS_MAX = 10;

/** Opens nothing yet. Throws bad-value when the file of certificates cannot be read. */
export function postgresPool(address: PostgresAddress): SQL {
  const { host, port, socketFolder, user, password, database, sslMode } = address;
  const isPlain = socketFolder !== null || sslMode === "disable";
  return new SQL({
    adapter: "postgres",
    ...(socketFolder === null ? { hostname: host, port } : { path: `${socketFolder}/.s.PGSQL.${port}` }),
    username: user,
    password,
    database,
    max: CONNECTIONS_MAX,
    connectionTimeout: address.connectTimeoutS,
    idleTimeout: 0,
    // Poolers that hand out another connection for each transaction know no named statements.
    prepare: false,
    ...(isPlain ? {} : { tls: tlsOf(address) }),
    connection: { application_name: "stix" },
  });
}

function tlsOf(address: PostgresAddress) {
  const ca = address.sslRootCert === null ? {} : { ca: certificatesIn(address.sslRootCert) };
  switch (address.sslMode) {
    case "verify-full":
      return { ...ca, rejectUnauthorized: true, checkServerIdentity: nameMatches };
    case "verify-ca":
      return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    default:
      return { rejectUnauthorized: false };
  }
}

function nameMatches(host: string, certificate: PeerCertificate): Error | undefined {
  return checkServerIdentity(host, certificate);
}

function certificatesIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new StixError({
      code: "bad-value",
      message: `sslrootcert in STIX_DB names '${file}', which cannot be read: ${errorText(error)}`,
      hint: "name the file of the certificates to trust, or choose sslmode=require",
    });
  }
}
