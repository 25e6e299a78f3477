// Copies files and trees on one machine: file by file, each whole or not at all, modes, times and symbolic links kept.
// Takes nothing away but what earlier copies put there; where anything else is in the way, nothing is done.
import { viaDraft } from "#shared/os/whole-file.ts";
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, lstat, mkdir, rmdir, stat, symlink, unlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isUnchanged } from "./placed-record.ts";
import { planPlacing, type Conflict, type Placing, type PlacingPlan, type PlacingWorld } from "./plan-placing.ts";

/** Copies running at once; enough to keep a disk busy, too few to run out of descriptors. */
const PARALLEL_COPIES = 16;

export interface Placed {
  /** Empty: it is done. Otherwise nothing was done. */
  readonly conflicts: readonly Conflict[];
  /** Links that were put there and lead nowhere. */
  readonly dangling: readonly string[];
}

/**
 * Makes `destination` hold what `source` holds. Files that are there with the same size and time are left alone; a file takes the place
 * of a file, and everything else that stands in the way goes only when it came from an earlier call and nobody changed it since.
 */
export async function placeTree(placing: Placing, world: PlacingWorld): Promise<Placed> {
  const plan = await planPlacing(placing, world);
  if (plan.conflicts.length > 0) return { conflicts: plan.conflicts, dangling: [] };
  await world.record.note(plan.notes);
  await openFolders(plan);
  for (const removal of plan.removals) await remove(removal);
  for (const path of plan.folders) await makeFolder(path);
  for (const parent of new Set([...plan.copies, ...plan.links].map(({ destination }) => dirname(destination))))
    await mkdir(parent, { recursive: true });
  await inParallel(
    [...plan.copies.map((copy) => () => placeFile(copy)), ...plan.links.map((link) => () => placeLink(link))],
    world.signal,
  );
  // Deepest first: a folder that may not be written could not have been filled.
  for (const { path, mode } of plan.modes.toReversed()) await setMode(path, mode);
  return { conflicts: [], dangling: await danglingOf(plan) };
}

/** Folders that an earlier copy closed to writing are opened while they are filled. */
async function openFolders({ modes, folders, copies, links, removals }: PlacingPlan): Promise<void> {
  const changed = new Set(
    [
      ...folders,
      ...[...copies, ...links].map(({ destination }) => destination),
      ...removals.map(({ path }) => path),
    ].map((path) => dirname(path)),
  );
  for (const { path } of modes) {
    if (!changed.has(path)) continue;
    const mode = (await stat(path).catch(() => null))?.mode ?? 0o700;
    if ((mode & 0o700) !== 0o700) await chmod(path, (mode & 0o7777) | 0o700);
  }
}

async function remove({ path, facts }: PlacingPlan["removals"][number]): Promise<void> {
  // Fails when a job put something in since the plan was made.
  if (facts.isDirectory()) return rmdir(path);
  const now = await lstat(path);
  if (now.ino !== facts.ino || !isUnchanged(now, facts))
    throw new Error(`'${path}' was changed meanwhile, and is not removed`);
  await unlink(path);
}

/** Private until it is filled; folders above it are made as the system makes them. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    // Two nodes of one machine may place the same.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
}

async function setMode(path: string, mode: number): Promise<void> {
  if (((await stat(path)).mode & 0o7777) !== mode) await chmod(path, mode);
}

async function placeFile({ source, destination, facts }: PlacingPlan["copies"][number]): Promise<void> {
  await inPlace(destination, async (draft) => {
    // Shares blocks with the source where the file system can.
    await copyFile(source, draft, constants.COPYFILE_FICLONE);
    await chmod(draft, facts.mode & 0o7777);
    await utimes(draft, facts.atimeMs / 1000, facts.mtimeMs / 1000);
  });
}

async function placeLink({ target, destination }: PlacingPlan["links"][number]): Promise<void> {
  await inPlace(destination, async (draft) => {
    await symlink(target, draft);
    // A job may have written a file here since the plan was made; renaming over it would lose it.
    if ((await lstat(destination).catch(() => null))?.isFile() === true)
      throw new Error(`'${destination}' was made meanwhile, and is not replaced by a link`);
  });
}

/** The names that a plan for the same folder passes over. */
async function inPlace(destination: string, make: (draft: string) => Promise<void>): Promise<void> {
  await viaDraft(destination, make, join(dirname(destination), `.stix-${randomBytes(6).toString("hex")}.draft`));
}

async function danglingOf({ links }: PlacingPlan): Promise<string[]> {
  const found = await Promise.all(
    links.map(async ({ destination }) => ((await stat(destination).catch(() => null)) === null ? [destination] : [])),
  );
  return found.flat();
}

async function inParallel(jobs: readonly (() => Promise<void>)[], signal: AbortSignal): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (;;) {
      const job = jobs[next++];
      if (job === undefined) return;
      signal.throwIfAborted();
      await job();
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL_COPIES, jobs.length) }, worker));
}
