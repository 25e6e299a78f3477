// Unpacks a zip archive of a client: files with their modes, folders, links; nothing outside the folder.
import { closeSync, constants, mkdirSync, openSync, readSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { inflateRawSync } from "node:zlib";
import { StixError } from "#shared/errors/stix-error.ts";

const END_MARK = 0x06054b50;
const END64_MARK = 0x06064b50;
const CENTRAL_MARK = 0x02014b50;
const END_LENGTH = 22;
/** The end record may be followed by a comment. */
const END_SEARCH = END_LENGTH + 65_535;
const MAX32 = 0xffffffff;

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly method: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headerAt: number;
}

/**
 * Unpacks `archive` into `folder` and gives the hash that names its content: SHA-256 over each entry's name and the SHA-256 of
 * its content (a folder: of nothing; a link: of its target), in order of names. Throws bad-value for what is no zip archive.
 */
export function unpackZip(archive: string, folder: string): string {
  const file = openSync(archive, "r");
  try {
    const entries = readEntries(file, statSync(archive).size).toSorted((left, right) => (left.name < right.name ? -1 : 1));
    const whole = new Bun.CryptoHasher("sha256");
    const links: { readonly path: string; readonly target: string }[] = [];
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const entry of entries) {
      const path = placeOf(folder, entry.name);
      const content = entry.name.endsWith("/") ? new Uint8Array() : contentOf(file, entry);
      whole.update(new TextEncoder().encode(entry.name));
      whole.update(new Bun.CryptoHasher("sha256").update(content).digest());
      // Links last: nothing may be written through one.
      if ((entry.mode & constants.S_IFMT) === constants.S_IFLNK) links.push({ path, target: new TextDecoder().decode(content) });
      else writeEntry(path, entry, content);
    }
    for (const { path, target } of links) {
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(target, path);
    }
    return whole.digest("hex");
  } finally {
    closeSync(file);
  }
}

function writeEntry(path: string, entry: Entry, content: Uint8Array): void {
  if (entry.name.endsWith("/")) return void mkdirSync(path, { recursive: true });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: (entry.mode & 0o777) | 0o600, flag: "wx" });
}

function placeOf(folder: string, name: string): string {
  const path = join(folder, normalize(`/${name}`));
  if (name.includes("\0") || name.split("/").includes("..")) throw damaged(`the entry '${name}' leads outside`);
  return path;
}

function readEntries(file: number, size: number): Entry[] {
  const tailAt = Math.max(0, size - END_SEARCH);
  const tail = readAt(file, tailAt, size - tailAt);
  const end = lastMark(tail, END_MARK);
  if (end === -1) throw damaged("it has no directory");
  let count = tail.readUInt16LE(end + 10);
  let at = tail.readUInt32LE(end + 16);
  let length = tail.readUInt32LE(end + 12);
  if (count === 0xffff || at === MAX32 || length === MAX32) {
    const wide = lastMark(tail, END64_MARK);
    if (wide === -1) throw damaged("it has no directory");
    count = Number(tail.readBigUInt64LE(wide + 32));
    length = Number(tail.readBigUInt64LE(wide + 40));
    at = Number(tail.readBigUInt64LE(wide + 48));
  }
  const directory = readAt(file, at, length);
  const entries: Entry[] = [];
  for (let offset = 0; entries.length < count; ) {
    if (offset + 46 > directory.length || directory.readUInt32LE(offset) !== CENTRAL_MARK) throw damaged("its directory is cut");
    const nameLength = directory.readUInt16LE(offset + 28);
    const extraLength = directory.readUInt16LE(offset + 30);
    entries.push(readEntry(directory, offset, nameLength, extraLength));
    offset += 46 + nameLength + extraLength + directory.readUInt16LE(offset + 32);
  }
  return entries;
}

function readEntry(directory: Buffer, offset: number, nameLength: number, extraLength: number): Entry {
  const sizes = { size: directory.readUInt32LE(offset + 24), packedSize: directory.readUInt32LE(offset + 20), headerAt: directory.readUInt32LE(offset + 42) };
  const extra = directory.subarray(offset + 46 + nameLength, offset + 46 + nameLength + extraLength);
  return {
    name: directory.toString("utf8", offset + 46, offset + 46 + nameLength),
    mode: directory.readUInt32LE(offset + 38) >>> 16,
    method: directory.readUInt16LE(offset + 10),
    ...wideSizes(extra, sizes),
  };
}

/** Sizes beyond 4 GB stand in the extra field, in this order, where the short ones are full. */
function wideSizes(extra: Buffer, short: { size: number; packedSize: number; headerAt: number }): { size: number; packedSize: number; headerAt: number } {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let next = at + 4;
    const wide = (value: number) => {
      if (value !== MAX32) return value;
      next += 8;
      return Number(extra.readBigUInt64LE(next - 8));
    };
    return { size: wide(short.size), packedSize: wide(short.packedSize), headerAt: wide(short.headerAt) };
  }
  return short;
}

function contentOf(file: number, entry: Entry): Uint8Array {
  const header = readAt(file, entry.headerAt, 30);
  const from = entry.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = readAt(file, from, entry.packedSize);
  if (entry.method === 0) return packed;
  if (entry.method === 8) return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
  throw damaged(`the entry '${entry.name}' is packed in an unknown way (${entry.method})`);
}

function lastMark(bytes: Buffer, mark: number): number {
  const wanted = Buffer.alloc(4);
  wanted.writeUInt32LE(mark);
  return bytes.lastIndexOf(wanted);
}

function readAt(file: number, at: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  if (readSync(file, buffer, 0, length, at) !== length) throw damaged("it is cut");
  return buffer;
}

function damaged(why: string): StixError {
  return new StixError({ code: "bad-value", message: `the uploaded archive cannot be read: ${why}`, hint: "run the command again" });
}
