// What syncs have put on a node, so that nothing else is ever taken away. Lines are only added; a lost or torn record makes us refuse, never delete.
import type { Stats } from "node:fs";
import { appendFile, mkdir, readFile, readlink, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { writeWhole } from "#shared/os/whole-file.ts";

/** One line of the record: a path and how it looked when it was put there. Times in ms since 1970. */
const lineSchema = z.union([
  z.tuple([z.literal("file"), z.string(), z.number(), z.number()]),
  z.tuple([z.literal("link"), z.string(), z.string()]),
  z.tuple([z.literal("folder"), z.string()]),
]);
export type PlacedEntry = z.infer<typeof lineSchema>;

export interface PlacedRecord {
  /** Before the deed: that these are about to be put there. */
  note(entries: readonly PlacedEntry[]): Promise<void>;
  /** True when a sync put `path` there and nobody changed it since. A folder is ours whatever others put in it. */
  isOurs(path: string, facts: Stats): Promise<boolean>;
}

/** 100 bytes a file: some 160,000 files. Then lines that later ones replace go, and the oldest where that is not enough. */
const RECORD_BYTES_MAX = 16 * 1024 * 1024;

export function placedRecord(file: string): PlacedRecord {
  let known: Promise<ReadonlyMap<string, PlacedEntry>> | null = null;
  return {
    note: async (entries) => {
      if (entries.length === 0) return;
      known = null;
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      // A line that a crash has torn must not swallow the next.
      await appendFile(file, `\n${entries.map((entry) => JSON.stringify(entry)).join("\n")}\n`, { mode: 0o600 });
      if ((await stat(file)).size > RECORD_BYTES_MAX) await shorten(file);
    },
    isOurs: async (path, facts) => {
      known ??= readRecord(file);
      const entry = (await known).get(path);
      if (entry === undefined) return false;
      if (facts.isDirectory()) return entry[0] === "folder";
      if (facts.isSymbolicLink()) return entry[0] === "link" && entry[2] === (await readlink(path).catch(() => null));
      return entry[0] === "file" && facts.isFile() && isUnchanged(facts, { size: entry[2], mtimeMs: entry[3] });
    },
  };
}

/** Times are kept to the millisecond by every file system that we meet. */
export function isUnchanged(facts: Stats, before: { readonly size: number; readonly mtimeMs: number }): boolean {
  return facts.size === before.size && Math.abs(facts.mtimeMs - before.mtimeMs) < 1;
}

async function readRecord(file: string): Promise<ReadonlyMap<string, PlacedEntry>> {
  const text = await readFile(file, "utf8").catch(() => "");
  const entries = text.split("\n").flatMap(readLine);
  // The last line of a path counts, and keeps its place.
  const byPath = new Map<string, PlacedEntry>();
  for (const entry of entries) {
    byPath.delete(entry[1]);
    byPath.set(entry[1], entry);
  }
  return byPath;
}

function readLine(line: string): PlacedEntry[] {
  if (line === "") return [];
  try {
    const parsed = lineSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

async function shorten(file: string): Promise<void> {
  const lines = [...(await readRecord(file)).values()].map((entry) => JSON.stringify(entry));
  let bytes = 0;
  const kept = lines.toReversed().filter((line) => (bytes += Buffer.byteLength(line) + 1) <= RECORD_BYTES_MAX / 2);
  await writeWhole(file, `${kept.toReversed().join("\n")}\n`);
}
