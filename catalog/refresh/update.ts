// Refreshes price tables: asks a source, checks what it says, and only then replaces the old table, whole or not at all.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { writeWholeSync } from "#shared/os/whole-file.ts";
import { errorText, isStixError } from "#shared/errors/stix-error.ts";
import { encodeTable } from "../codec.ts";
import { rulesOf } from "../data/rules.ts";
import { buildTable, NO_BAND, rowCount, type CloudTable } from "../table.ts";
import type { CatalogSource, RefreshWorld } from "./source.ts";
import { problemsOf } from "./validate.ts";

export interface UpdateOptions extends Omit<RefreshWorld, "before" | "part"> {
  readonly sources: readonly CatalogSource[];
  /** The table in use, suspect prices included. */
  readonly before: (cloud: string) => CloudTable;
  /** Folder of refreshed tables; parts of unfinished runs lie in `.parts`. */
  readonly folder: string;
  /** Milliseconds since the epoch. Parts older than a day are made again. */
  readonly nowMs: number;
  readonly onProgress?: (line: string) => void;
}

export interface UpdateOutcome {
  readonly cloud: string;
  readonly source: string;
  readonly outcome: "updated" | "kept";
  readonly rows: number;
  /** Why the old table stays; null when it was replaced. */
  readonly reason: string | null;
  readonly hint: string | null;
  readonly notes: readonly string[];
}

const PART_AGE_MAX_MS = 24 * 3_600_000;

/** One outcome for each source, in their order. A source that fails leaves its cloud's table as it was. */
export async function updateCatalog(options: UpdateOptions): Promise<UpdateOutcome[]> {
  const outcomes: UpdateOutcome[] = [];
  for (const source of options.sources) outcomes.push(await updateOne(source, options));
  return outcomes;
}

async function updateOne(source: CatalogSource, options: UpdateOptions): Promise<UpdateOutcome> {
  const { cloud } = source;
  const before = options.before(cloud);
  const parts = join(options.folder, ".parts", source.name);
  const kept = (reason: string, hint: string | null, notes: readonly string[] = []): UpdateOutcome => ({
    cloud,
    source: source.name,
    outcome: "kept",
    rows: rowCount(before),
    reason,
    hint,
    notes,
  });
  let isPartMissing = false;
  async function part<Value>(key: string, make: () => Promise<Value>): Promise<Value> {
    isPartMissing = true;
    const value = await keptPart(parts, key, make, options);
    isPartMissing = false;
    return value;
  }
  try {
    const fresh = await source.refresh({ ...options, before, part });
    const rules = rulesOf(cloud);
    const table = withOldBands(
      buildTable(cloud, fresh.rows, {
        sources: fresh.sources,
        regionRank: (region) => (rules.regionsFirst?.test(region) === true ? 0 : 1),
      }),
      before,
    );
    const problems = problemsOf(table, before);
    // Parts of a run that did not pass would only fail again.
    rmSync(parts, { recursive: true, force: true });
    if (problems.length > 0)
      return kept(problems.join("; "), "the source may be broken; the old prices stay in use", fresh.notes);
    writeWhole(join(options.folder, `${cloud}.bin`), encodeTable(table));
    return {
      cloud,
      source: source.name,
      outcome: "updated",
      rows: rowCount(table),
      reason: null,
      hint: null,
      notes: fresh.notes,
    };
  } catch (error) {
    if (options.signal.aborted) throw error;
    // Parts wait for the one that could not be had; when all were there, one of them is bad and none may be kept.
    if (!isPartMissing) rmSync(parts, { recursive: true, force: true });
    return kept(
      errorText(error),
      isStixError(error) ? error.hint : "the old prices stay in use; try again: stix catalog update",
    );
  }
}

async function keptPart<Value>(
  folder: string,
  key: string,
  make: () => Promise<Value>,
  options: UpdateOptions,
): Promise<Value> {
  const file = join(folder, `${createHash("sha256").update(key).digest("hex").slice(0, 24)}.json`);
  if (existsSync(file) && options.nowMs - statSync(file).mtimeMs < PART_AGE_MAX_MS) {
    try {
      return JSON.parse(readFileSync(file, "utf8")) as Value;
    } catch {
      // Half written by a run that was cut off: made again.
    }
  }
  options.onProgress?.(key);
  const value = await make();
  mkdirSync(folder, { recursive: true });
  writeWhole(file, new TextEncoder().encode(JSON.stringify(value)));
  return value;
}

/** Readers see the old file or the new one, also after a power cut. */
function writeWhole(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeWholeSync(file, bytes, { durable: true });
}

/** Interruption bands change slowly and no price source has them: they are taken over by place. */
function withOldBands(table: CloudTable, before: CloudTable): CloudTable {
  const bands = new Map<string, number>();
  eachRow(before, (key, row) => {
    const band = before.rowBand[row] ?? NO_BAND;
    if (band !== NO_BAND) bands.set(key, band);
  });
  if (bands.size === 0) return table;
  eachRow(table, (key, row) => {
    table.rowBand[row] = bands.get(key) ?? NO_BAND;
  });
  return table;
}

function eachRow(table: CloudTable, visit: (key: string, row: number) => void): void {
  table.typeNames.forEach((name, type) => {
    for (let row = table.typeStart[type] ?? 0; row < (table.typeStart[type + 1] ?? 0); row += 1) {
      visit(`${name}/${table.regions[table.rowRegion[row] ?? 0]}`, row);
    }
  });
}
