// Copies files and trees on one machine: file by file, each whole or not at all, modes, times and symbolic links kept.
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, readlink, rename, rm, symlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Copies running at once; enough to keep a disk busy, too few to run out of descriptors. */
const PARALLEL_COPIES = 16;

/** Makes `destination` hold what `source` holds. Files that are there with the same size and time are left alone; nothing is deleted. */
export async function placeTree(source: string, destination: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(destination), { recursive: true });
  const copies: (() => Promise<void>)[] = [];
  const folders: { path: string; mode: number }[] = [];
  await plan(source, destination, { copies, folders, signal });
  await inParallel(copies, signal);
  // Last and deepest first: a folder that may not be written could not have been filled.
  for (const folder of folders.toReversed()) await chmod(folder.path, folder.mode & 0o7777);
}

interface Plan {
  readonly copies: (() => Promise<void>)[];
  readonly folders: { path: string; mode: number }[];
  readonly signal: AbortSignal;
}

async function plan(source: string, destination: string, work: Plan): Promise<void> {
  work.signal.throwIfAborted();
  const facts = await lstat(source);
  const there = await lstat(destination).catch(() => null);
  if (facts.isSymbolicLink()) {
    work.copies.push(() => placeLink(source, destination));
    return;
  }
  if (facts.isDirectory()) {
    if (there !== null && !there.isDirectory()) await rm(destination, { force: true });
    if (there === null || !there.isDirectory()) await mkdir(destination, { mode: 0o700 });
    work.folders.push({ path: destination, mode: facts.mode });
    const names = await readdir(source);
    for (const name of names) await plan(join(source, name), join(destination, name), work);
    return;
  }
  // Sockets, pipes and devices have no content to copy.
  if (!facts.isFile()) return;
  const same = there !== null && there.isFile() && there.size === facts.size && Math.abs(there.mtimeMs - facts.mtimeMs) < 1;
  if (same && (there.mode & 0o7777) === (facts.mode & 0o7777)) return;
  work.copies.push(async () => {
    if (there?.isDirectory()) await rm(destination, { recursive: true });
    await viaDraft(destination, async (draft) => {
      // Shares blocks with the source where the file system can.
      await copyFile(source, draft, constants.COPYFILE_FICLONE);
      await chmod(draft, facts.mode & 0o7777);
      await utimes(draft, facts.atimeMs / 1000, facts.mtimeMs / 1000);
    });
  });
}

async function placeLink(source: string, destination: string): Promise<void> {
  const aim = await readlink(source);
  const there = await lstat(destination).catch(() => null);
  if (there?.isSymbolicLink() && (await readlink(destination)) === aim) return;
  if (there?.isDirectory()) await rm(destination, { recursive: true });
  await viaDraft(destination, (draft) => symlink(aim, draft));
}

async function viaDraft(destination: string, make: (draft: string) => Promise<void>): Promise<void> {
  const draft = join(dirname(destination), `.stix-${randomBytes(6).toString("hex")}.draft`);
  try {
    await make(draft);
    await rename(draft, destination);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
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
