// The list of all migrations, in order. Append only: what was released is never edited (a test compares hashes).
//
// To add tables: write `NNNN-what.sql` beside this file, import it as text, append one row here with the next version,
// describe the tables for queries in tables/<noun>.ts, and put the new row's hash into migrations.test.ts.
// Each file runs once, whole, in one transaction with the change of `user_version`; Postgres runs the same
// files, its own words for the types put in (postgres/dialect.ts), or a file `NNNN-what.postgres.sql`.
import requestsAndClusters from "./0001-requests-and-clusters.sql" with { type: "text" };
import agents from "./0002-agents.sql" with { type: "text" };
import monitors from "./0003-monitors.sql" with { type: "text" };
import requestLeases from "./0004-request-leases.sql" with { type: "text" };
import attemptLedger from "./0005-attempt-ledger.sql" with { type: "text" };
import attemptLedgerPostgres from "./0005-attempt-ledger.postgres.sql" with { type: "text" };
import owners from "./0006-owners.sql" with { type: "text" };

export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** Instead of `sql` where Postgres says it otherwise; types as SQLite writes them. Both lead to the same tables. */
  readonly postgres?: string;
}

export const migrations: readonly Migration[] = [
  { version: 1, name: "requests-and-clusters", sql: requestsAndClusters },
  { version: 2, name: "agents", sql: agents },
  { version: 3, name: "monitors", sql: monitors },
  { version: 4, name: "request-leases", sql: requestLeases },
  { version: 5, name: "attempt-ledger", sql: attemptLedger, postgres: attemptLedgerPostgres },
  { version: 6, name: "owners", sql: owners },
];
