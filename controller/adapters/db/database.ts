// What stores ask of a database, whichever engine keeps it: queries that either builds, and work that runs whole or not at all.
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { DiskRoom } from "#controller/ports/disk-room.ts";
import type { Tables } from "./tables/tables.ts";

/** Builds queries. Typed as SQLite's builder; Postgres' passes for it, since stores use only what both have. */
export type Orm = Pick<BunSQLiteDatabase, "select" | "selectDistinct" | "insert" | "update" | "delete">;

/** A query that gives rows, built and not yet run. */
export interface Rows<Row> {
  all(): Row[];
}

/** A query that gives nothing. */
export interface Deed {
  run(): unknown;
}

/**
 * Several queries that belong together, written once for an engine that answers at once and one that answers later: `yield*` in
 * place of `await`. It may be begun again from its start, so it does nothing else than query.
 */
export type Work<T> = Generator<Rows<unknown> | Deed, T, unknown[]>;

export function* rows<Row>(query: Rows<Row>): Work<Row[]> {
  return (yield query) as Row[];
}

export function* first<Row>(query: Rows<Row>): Work<Row | undefined> {
  return ((yield query) as Row[])[0];
}

export function* deed(query: Deed): Work<void> {
  yield query;
}

export interface Durability {
  /**
   * Without waiting for the disk: a power cut may undo it, a killed process loses nothing; the next durable write makes it last.
   * For what is simply done again then.
   */
  readonly isRelaxed?: boolean;
}

export interface TransactOptions extends Durability {
  /**
   * Works of one name run one after the other, also those of other servers on this database. SQLite has one writer anyway.
   * "events": numbered in the order they are committed, so that whoever read up to a number has read all below it. "waits": what is
   * waited for cannot come between the look and the wait.
   */
  readonly serial?: "events" | "facts" | "monitors" | "waits";
}

/** Something to prepare, with placeholders in place of values. */
interface Preparable<Row> {
  prepare(): { all(values: Readonly<Record<string, unknown>>): Row[] };
}

/** The open database. Stores take it; only this folder runs queries. The engine's complaints come out as one StixError each. */
export interface Database {
  readonly tables: Tables;
  /** Changes nothing. */
  read<Row>(build: (orm: Orm) => Rows<Row>): Promise<Row[]>;
  /** Several queries that change nothing. */
  look<T>(work: (orm: Orm) => Work<T>): Promise<T>;
  /** One statement, durable when it resolves; gives what its `returning` names. */
  write<Row>(build: (orm: Orm) => Rows<Row>, how?: Durability): Promise<Row[]>;
  write(build: (orm: Orm) => Deed, how?: Durability): Promise<void>;
  /** All of it or nothing, durable when it resolves. */
  transact<T>(work: (tx: Orm) => Work<T>, how?: TransactOptions): Promise<T>;
  /** For what runs often: making a statement costs SQLite more than running it. */
  prepare<Row>(
    make: (orm: Orm) => Preparable<Row>,
  ): (values: Readonly<Record<string, unknown>>) => (orm: Orm) => Rows<Row>;
  /** Called after events were committed; also those of other servers, within a second or two. */
  onEvents(receive: () => void): void;
  readonly room: DiskRoom;
  close(): void | Promise<void>;
}
