// Unpacks a client's archive within bounds: files with their modes, folders, links; nothing outside the folder, nothing through a link.
import { constants } from "node:fs";
import { lstat, mkdir, open, statfs, symlink, unlink } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { StixError } from "#shared/errors/stix-error.ts";
import { damaged, findDirectory, readContent, readEntries, type ZipArchive, type ZipEntry } from "./read-zip.ts";

/** The list of them is held in memory: 200 bytes each. */
const ENTRIES_MAX = 500_000;
/** More belongs into a bucket; one upload must not fill the disk of all. */
const UNPACKED_BYTES_MAX = 100 * 1024 ** 3;
/** Deflate can do 1,030 to 1. Files of zeros do, and then these are still let through. */
const FREE_RATIO_BYTES = 4 * 1024 ** 3;
const RATIO_MAX = 100;
const BLOCK_BYTES = 4096;
/** A target is a path; no system takes a longer one. */
const TARGET_BYTES_MAX = 4096;

/**
 * Unpacks `path` into the new folder `folder` and gives the hash that names its content: SHA-256 over each entry's name and the
 * SHA-256 of its content (a folder: of nothing; a link: of its target), in order of names. A name that comes twice is one file, the later
 * of both. Throws bad-value for what is no such archive, too-large, disk-full.
 */
export async function unpackZip(path: string, folder: string): Promise<string> {
  await using file = await open(path, "r");
  const archive: ZipArchive = { file, path, size: (await file.stat()).size };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = await findDirectory(archive);
  if (place.count > ENTRIES_MAX) throw tooLarge(`${place.count} files`, `${ENTRIES_MAX} files`);
  const entries = await readEntries(archive, place);
  await checkSizes(archive, entries, folder);
  const hash = new Bun.CryptoHasher("sha256");
  const links: Link[] = [];
  for (const entry of entries) {
    const at = placeOf(folder, entry.name);
    hash.update(new TextEncoder().encode(entry.name));
    // Links last: nothing may be written through one.
    if (isLink(entry)) links.push({ path: at, target: await readTarget(archive, entry, hash) });
    else await inPlace(entry, () => placeEntry(archive, entry, { at, hash }));
  }
  // What lies below a link's path comes before it, and makes a folder of it: nothing is placed through a link. The later of equals comes last.
  for (const link of links.sort((left, right) => Number(left.path < right.path) - Number(left.path > right.path)))
    await placeLink(link);
  return hash.digest("hex");
}

interface Link {
  readonly path: string;
  readonly target: string;
}

async function checkSizes({ size }: ZipArchive, entries: readonly ZipEntry[], folder: string): Promise<void> {
  const sum = (of: (entry: ZipEntry) => number) => entries.reduce((total, entry) => total + of(entry), 0);
  // Else a small archive could hold one content many times over.
  if (sum((entry) => entry.packedSize) > size) throw damaged("its entries overlap");
  const unpacked = sum((entry) => entry.size);
  if (unpacked > UNPACKED_BYTES_MAX) throw tooLarge(inGb(unpacked), inGb(UNPACKED_BYTES_MAX));
  if (unpacked > FREE_RATIO_BYTES && unpacked > RATIO_MAX * size) {
    throw new StixError({
      code: "too-large",
      message: `the upload holds ${inGb(unpacked)} in ${inGb(size)}: beyond ${inGb(FREE_RATIO_BYTES)}, ${RATIO_MAX} to 1 is the most`,
      hint: "leave files of zeros out (.skyignore), or make them in setup",
    });
  }
  const { bavail, bsize } = await statfs(folder);
  const needed = sum((entry) => Math.ceil(entry.size / BLOCK_BYTES) * BLOCK_BYTES);
  if (needed > bavail * bsize) {
    throw new StixError({
      code: "disk-full",
      message: `the upload needs ${inGb(needed)} on the server's disk, which has ${inGb(bavail * bsize)}`,
      hint: "make room on the server, or list what is not needed in .skyignore",
    });
  }
}

function tooLarge(found: string, most: string): StixError {
  return new StixError({
    code: "too-large",
    message: `the upload holds ${found}, more than the ${most} that one may have`,
    hint: "list what is not needed in .skyignore, or put the data into a bucket",
  });
}

function inGb(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e8 ? 4 : 1)} GB`;
}

function isLink({ mode }: ZipEntry): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFLNK;
}

function placeOf(folder: string, name: string): string {
  if (name.includes("\0") || name.split("/").includes("..")) throw damaged(`the entry '${name}' leads outside`);
  return join(folder, normalize(`/${name}`)).replace(/\/$/, "");
}

async function readTarget(archive: ZipArchive, entry: ZipEntry, hash: Bun.CryptoHasher): Promise<string> {
  if (entry.size > TARGET_BYTES_MAX) throw damaged(`the link '${entry.name}' leads too far`);
  const pieces: Uint8Array[] = [];
  for await (const piece of readContent(archive, entry)) pieces.push(piece);
  const content = Buffer.concat(pieces);
  hash.update(new Bun.CryptoHasher("sha256").update(content).digest());
  return content.toString("utf8");
}

async function placeEntry(
  archive: ZipArchive,
  entry: ZipEntry,
  { at, hash }: { readonly at: string; readonly hash: Bun.CryptoHasher },
): Promise<void> {
  const own = new Bun.CryptoHasher("sha256");
  const bits = entry.mode & 0o777;
  if (entry.name.endsWith("/")) {
    await mkdir(dirname(at), { recursive: true });
    await mkdir(at, bits === 0 ? { recursive: true } : { recursive: true, mode: bits | 0o700 });
  } else {
    await mkdir(dirname(at), { recursive: true });
    await using file = await open(at, "w", bits | 0o600);
    for await (const piece of readContent(archive, entry)) {
      own.update(piece);
      await file.write(piece);
    }
  }
  hash.update(own.digest());
}

/** A name that is a file in one place and a folder in another, or that no disk takes, is the archive's fault. */
async function inPlace(entry: ZipEntry, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (["EEXIST", "ENOTDIR", "EISDIR"].includes(code)) throw damaged(`'${entry.name}' is a file as well as a folder`);
    if (["ENAMETOOLONG", "EINVAL"].includes(code)) throw damaged(`the name '${entry.name.slice(0, 80)}…' is too long`);
    throw error;
  }
}

async function placeLink({ path, target }: Link): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const there = await lstat(path).catch(() => null);
  // A link to a folder whose content was sent as well: the content is what is wanted.
  if (there !== null && !there.isSymbolicLink()) return;
  if (there !== null) await unlink(path);
  await symlink(target, path);
}
