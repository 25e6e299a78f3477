// Compares a tree with what a node has in its place and lists the deeds that would make the node's hold it. Changes nothing.
import type { Stats } from "node:fs";
import { lstat, readdir, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { FileToPlace } from "#controller/ports/shell.ts";
import { isUnchanged, type PlacedEntry, type PlacedRecord } from "./placed-record.ts";

export interface Placing extends FileToPlace {
  /** Absolute path on the node. */
  readonly destination: string;
  /** True where others' files may be: then the destination must be absent, or be what a sync put there. */
  readonly isForeign: boolean;
}

export interface PlacingWorld {
  readonly record: PlacedRecord;
  /** Folders that are never copied, as `device:inode`: copying the place where copies go to would not end. */
  readonly skipped: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** The deeds, in the order in which they are to be done. */
export interface PlacingPlan {
  /** Things that syncs put there: files and links, then folders from the inside out. */
  readonly removals: { readonly path: string; readonly facts: Stats }[];
  readonly folders: string[];
  readonly copies: { readonly source: string; readonly destination: string; readonly facts: Stats }[];
  readonly links: { readonly target: string; readonly destination: string }[];
  /** Modes that the folders get at the end. */
  readonly modes: { readonly path: string; readonly mode: number }[];
  /** What the record must know before anything is done. */
  readonly notes: PlacedEntry[];
  /** What stands in the way and may not be removed. When there is one, nothing may be done. */
  readonly conflicts: Conflict[];
}

export interface Conflict {
  /** Absolute path on the node. */
  readonly path: string;
  readonly there: Kind;
  readonly wanted: Kind;
  /** A path below that a sync did not put there, where the folder itself is not the reason. */
  readonly because: string | null;
}

export type Kind = "file" | "link" | "folder";

/** What a crash may leave of a copy. */
export const DRAFT_NAME = /^\.stix-[0-9a-f]{12}\.draft$/;

export async function planPlacing(placing: Placing, world: PlacingWorld): Promise<PlacingPlan> {
  const plan: PlacingPlan = { removals: [], folders: [], copies: [], links: [], modes: [], notes: [], conflicts: [] };
  const source = await realpath(placing.source);
  const facts = await lstat(source);
  const kind: Kind = facts.isDirectory() ? "folder" : "file";
  const { destination, blocked } = await resolveDestination(placing.destination, kind);
  if (blocked !== null) {
    plan.conflicts.push({ path: blocked, there: "file", wanted: "folder", because: null });
    return plan;
  }
  const there = await factsOf(destination);
  if (there !== null && isSame(facts, there)) return plan;
  if (placing.isForeign && there !== null && !(await world.record.isOurs(destination, there))) {
    plan.conflicts.push({ path: destination, there: kindOf(there), wanted: kind, because: null });
    return plan;
  }
  const skipped = there === null ? world.skipped : new Set([...world.skipped, identity(there)]);
  await planEntry({ source, destination, inside: "", facts, there }, { placing, plan, world: { ...world, skipped } });
  return plan;
}

interface Entry {
  readonly source: string;
  readonly destination: string;
  /** Path below the placing's source; "" for the source itself. */
  readonly inside: string;
  readonly facts: Stats;
  readonly there: Stats | null;
}

interface Scan {
  readonly placing: Placing;
  readonly plan: PlacingPlan;
  readonly world: PlacingWorld;
}

async function planEntry(entry: Entry, scan: Scan): Promise<void> {
  scan.world.signal.throwIfAborted();
  if (entry.facts.isDirectory()) await planFolder(entry, scan);
  else if (entry.facts.isSymbolicLink()) await planLink(entry, scan);
  // Sockets, pipes and devices have no content to copy.
  else if (entry.facts.isFile()) await planFile(entry, scan);
}

async function planFolder({ source, destination, inside, facts, there }: Entry, scan: Scan): Promise<void> {
  const { plan, placing } = scan;
  const isThere = there?.isDirectory() === true;
  if (!isThere) {
    if (!(await makeWay(destination, there, "folder", scan))) return;
    plan.folders.push(destination);
    plan.notes.push(["folder", destination]);
  }
  plan.modes.push({ path: destination, mode: facts.mode & 0o7777 });
  for (const name of (await readdir(source)).sort()) {
    const child = inside === "" ? name : `${inside}/${name}`;
    const childFacts = await factsOf(join(source, name));
    if (childFacts === null || placing.ignores(child, childFacts.isDirectory())) continue;
    if (childFacts.isDirectory() && scan.world.skipped.has(identity(childFacts))) continue;
    const childThere = isThere ? await factsOf(join(destination, name)) : null;
    await planEntry(
      {
        source: join(source, name),
        destination: join(destination, name),
        inside: child,
        facts: childFacts,
        there: childThere,
      },
      scan,
    );
  }
}

async function planLink({ source, destination, there }: Entry, scan: Scan): Promise<void> {
  const target = await readlink(source);
  if (there?.isSymbolicLink() === true && (await readlink(destination)) === target) return;
  if (!(await makeWay(destination, there, "link", scan))) return;
  scan.plan.links.push({ target, destination });
  scan.plan.notes.push(["link", destination, target]);
}

async function planFile({ source, destination, facts, there }: Entry, scan: Scan): Promise<void> {
  if (there?.isFile() === true) {
    if (isUnchanged(there, facts) && (there.mode & 0o7777) === (facts.mode & 0o7777)) return;
  } else if (!(await makeWay(destination, there, "file", scan))) return;
  scan.plan.copies.push({ source, destination, facts });
  scan.plan.notes.push(["file", destination, facts.size, facts.mtimeMs]);
}

/** Plans the removal of what has another kind than what is wanted. False, and a conflict in the plan, when it may not go. */
async function makeWay(path: string, there: Stats | null, wanted: Kind, { plan, world }: Scan): Promise<boolean> {
  if (there === null) return true;
  if (there.isDirectory()) {
    const inside: PlacingPlan["removals"] = [];
    const because = await listOurs(path, there, world, inside);
    if (because === null) plan.removals.push(...inside);
    else plan.conflicts.push({ path, there: "folder", wanted, because: because === path ? null : because });
    return because === null;
  }
  const isFile = there.isFile();
  if (isFile && !(await world.record.isOurs(path, there))) {
    plan.conflicts.push({ path, there: "file", wanted, because: null });
    return false;
  }
  // Links, pipes and the like have no content that could be lost.
  plan.removals.push({ path, facts: there });
  return true;
}

/** Lists a folder with all that is in it, inside out. Gives the first path that no sync put there; an empty folder may always go. */
async function listOurs(
  path: string,
  there: Stats,
  world: PlacingWorld,
  found: PlacingPlan["removals"],
): Promise<string | null> {
  const names = await readdir(path);
  if (names.length > 0 && !(await world.record.isOurs(path, there))) return path;
  for (const name of names) {
    const child = join(path, name);
    const facts = await factsOf(child);
    if (facts === null) continue;
    if (facts.isDirectory()) {
      const foreign = await listOurs(child, facts, world, found);
      if (foreign !== null) return foreign;
    } else if (DRAFT_NAME.test(name) || (await world.record.isOurs(child, facts))) found.push({ path: child, facts });
    else return child;
  }
  found.push({ path, facts: there });
  return null;
}

/** The destination without links above it, so that the record knows it again; `blocked`: what above it is no folder. */
async function resolveDestination(
  path: string,
  kind: Kind,
): Promise<{ readonly destination: string; readonly blocked: string | null }> {
  // As rsync does: a link at the very top stands for the folder that it leads to.
  if (kind === "folder" && (await stat(path).catch(() => null))?.isDirectory() === true)
    return { destination: await realpath(path), blocked: null };
  let parent = dirname(path);
  while ((await factsOf(parent)) === null) parent = dirname(parent);
  const facts = await stat(parent).catch(() => null);
  if (facts?.isDirectory() !== true) return { destination: path, blocked: parent };
  return { destination: join(await realpath(parent), relative(parent, path)), blocked: null };
}

/** null: nothing is there. */
async function factsOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

export function identity(facts: Stats): string {
  return `${facts.dev}:${facts.ino}`;
}

function isSame(one: Stats, other: Stats): boolean {
  return identity(one) === identity(other);
}

function kindOf(facts: Stats): Kind {
  if (facts.isDirectory()) return "folder";
  return facts.isSymbolicLink() ? "link" : "file";
}
