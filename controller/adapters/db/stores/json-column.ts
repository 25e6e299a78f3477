// JSON that a column holds: read through a schema, so that a damaged row is told by its name instead of failing somewhere later.
import type { z } from "zod";
import { StixError } from "#shared/errors/stix-error.ts";

/** Where a value lies. */
export interface ColumnPlace {
  readonly table: string;
  readonly column: string;
  /** Value of the row's key. */
  readonly key: string | number;
}

/** Throws bad-database, naming table, column and row. */
export function readJson<T>(schema: z.ZodType<T>, text: string, place: ColumnPlace): T {
  const parsed = schema.safeParse(parse(text, place));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damagedRow(place, issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`);
}

/** As `readJson`; null stays null. */
export function readJsonOrNull<T>(schema: z.ZodType<T>, text: string | null, place: ColumnPlace): T | null {
  return text === null ? null : readJson(schema, text, place);
}

export function writeJsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function parse(text: string, place: ColumnPlace): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw damagedRow(place, ", not even JSON");
  }
}

function damagedRow(place: ColumnPlace, at: string): StixError {
  return new StixError({
    code: "bad-database",
    message: `row '${place.key}' of the table '${place.table}' is damaged: its ${place.column} is not what was written${at}`,
    hint: "put a backup of the database back, or delete that row; clusters run on, and stix doctor adopt takes them back",
    details: { ...place },
  });
}
