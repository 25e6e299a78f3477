// Reads a zip archive from disk piece by piece: its directory, and the content of its entries. Places nothing.
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createInflateRaw, inflateRawSync } from "node:zlib";
import { StixError } from "#shared/errors/stix-error.ts";

const END_MARK = 0x06054b50;
const END64_MARK = 0x06064b50;
const CENTRAL_MARK = 0x02014b50;
const CENTRAL_LENGTH = 46;
const LOCAL_LENGTH = 30;
const END_LENGTH = 22;
/** The end record may be followed by a comment. */
const END_SEARCH = END_LENGTH + 65_535;
const MAX32 = 0xffffffff;
/** Some 8,000 entries, read and sorted in a few ms: others are served in between. */
const WINDOW_BYTES = 1024 * 1024;
/** Three lengths of 16 bits follow the fixed part of an entry. */
const ENTRY_BYTES_MAX = CENTRAL_LENGTH + 3 * 65_535;
const INFLATE_BYTES = 256 * 1024;

export interface ZipEntry {
  readonly name: string;
  /** As in `stat`; 0 where the archive says nothing. */
  readonly mode: number;
  readonly method: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headerAt: number;
}

export interface ZipArchive {
  readonly file: FileHandle;
  readonly path: string;
  readonly size: number;
}

interface DirectoryPlace {
  readonly count: number;
  readonly length: number;
  readonly at: number;
}

/** How many entries there are, and where they are listed. Throws bad-value for what is no zip archive. */
export async function findDirectory({ file, size }: ZipArchive): Promise<DirectoryPlace> {
  const tailAt = Math.max(0, size - END_SEARCH);
  const tail = await readAt(file, tailAt, size - tailAt);
  const end = lastMark(tail, END_MARK);
  if (end === -1 || end + END_LENGTH > tail.length) throw damaged("it has no directory");
  const short = {
    count: tail.readUInt16LE(end + 10),
    length: tail.readUInt32LE(end + 12),
    at: tail.readUInt32LE(end + 16),
  };
  if (short.count !== 0xffff && short.at !== MAX32 && short.length !== MAX32) return within(short, size);
  const wide = lastMark(tail, END64_MARK);
  if (wide === -1 || wide + 56 > tail.length) throw damaged("it has no directory");
  return within(
    {
      count: Number(tail.readBigUInt64LE(wide + 32)),
      length: Number(tail.readBigUInt64LE(wide + 40)),
      at: Number(tail.readBigUInt64LE(wide + 48)),
    },
    size,
  );
}

function within(place: DirectoryPlace, size: number): DirectoryPlace {
  const fits = place.at + place.length <= size && place.count * CENTRAL_LENGTH <= place.length;
  if (!fits) throw damaged("its directory is cut");
  return place;
}

/** The entries in the order of their names' UTF-8, equal names in the order of the archive. */
export async function readEntries({ file }: ZipArchive, { at, length, count }: DirectoryPlace): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  for (let readAlready = 0; entries.length < count;) {
    const wanted = Math.min(length - readAlready, WINDOW_BYTES + ENTRY_BYTES_MAX);
    const window = await readAt(file, at + readAlready, wanted);
    const run: ZipEntry[] = [];
    let offset = 0;
    while (offset < Math.min(WINDOW_BYTES, window.length) && entries.length + run.length < count) {
      const next = readEntry(window, offset);
      run.push(next.entry);
      offset = next.endAt;
    }
    if (run.length === 0) throw damaged("its directory is cut");
    readAlready += offset;
    // The last sort finds runs that are in order, and only merges them.
    for (const entry of run.sort(byName)) entries.push(entry);
  }
  return entries.sort(byName);
}

function readEntry(directory: Buffer, offset: number): { readonly entry: ZipEntry; readonly endAt: number } {
  if (offset + CENTRAL_LENGTH > directory.length || directory.readUInt32LE(offset) !== CENTRAL_MARK)
    throw damaged("its directory is cut");
  const nameAt = offset + CENTRAL_LENGTH;
  const extraAt = nameAt + directory.readUInt16LE(offset + 28);
  const commentAt = extraAt + directory.readUInt16LE(offset + 30);
  const endAt = commentAt + directory.readUInt16LE(offset + 32);
  if (endAt > directory.length) throw damaged("its directory is cut");
  const short = {
    size: directory.readUInt32LE(offset + 24),
    packedSize: directory.readUInt32LE(offset + 20),
    headerAt: directory.readUInt32LE(offset + 42),
  };
  const entry = {
    name: directory.toString("utf8", nameAt, extraAt),
    mode: directory.readUInt32LE(offset + 38) >>> 16,
    method: directory.readUInt16LE(offset + 10),
    ...wideSizes(directory.subarray(extraAt, commentAt), short),
  };
  if (entry.method !== 0 && entry.method !== 8)
    throw damaged(`the entry '${entry.name}' is packed in an unknown way (${entry.method})`);
  if (entry.method === 0 && entry.size !== entry.packedSize)
    throw damaged(`the sizes of '${entry.name}' contradict each other`);
  return { entry, endAt };
}

/** Sizes beyond 4 GB stand in the extra field, in this order, where the short ones are full. */
function wideSizes(
  extra: Buffer,
  short: { size: number; packedSize: number; headerAt: number },
): { size: number; packedSize: number; headerAt: number } {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const endAt = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    let next = at + 4;
    const wide = (value: number) => {
      if (value !== MAX32) return value;
      next += 8;
      if (next > endAt) throw damaged("its directory is cut");
      return Number(extra.readBigUInt64LE(next - 8));
    };
    return { size: wide(short.size), packedSize: wide(short.packedSize), headerAt: wide(short.headerAt) };
  }
  return short;
}

/** The content, piece by piece and never more than the directory says. Throws bad-value where it is less, more, or no deflated data. */
export async function* readContent(archive: ZipArchive, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const header = await readAt(archive.file, entry.headerAt, LOCAL_LENGTH);
  const from = entry.headerAt + LOCAL_LENGTH + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (from + entry.packedSize > archive.size) throw damaged("it is cut");
  let left = entry.size;
  try {
    for await (const piece of unpacked(archive, entry, from)) {
      left -= piece.length;
      if (left < 0) break;
      yield piece;
    }
  } catch (error) {
    if (error instanceof StixError || !isDataError(error)) throw error;
    throw damaged(`the content of '${entry.name}' is damaged`);
  }
  if (left !== 0) throw damaged(`'${entry.name}' is ${left < 0 ? "longer" : "shorter"} than the archive says`);
}

async function* unpacked(
  { file, path }: ZipArchive,
  { method, size, packedSize }: ZipEntry,
  from: number,
): AsyncGenerator<Uint8Array> {
  if (packedSize === 0 && size === 0) return;
  // Streams cost more than what a small file holds; a few ms of work may be done at once.
  if (packedSize <= INFLATE_BYTES && size <= INFLATE_BYTES) {
    const packed = await readAt(file, from, packedSize);
    yield method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: INFLATE_BYTES + 1 });
    return;
  }
  const source = createReadStream(path, { start: from, end: from + packedSize - 1, highWaterMark: INFLATE_BYTES });
  if (method === 0) return yield* source;
  const inflate = createInflateRaw({ chunkSize: INFLATE_BYTES });
  // Errors reach the loop through the stream itself.
  pipeline(source, inflate, () => undefined);
  yield* inflate;
}

/** What zlib says of content that is not what it should be. */
function isDataError(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("Z_") || code === "ERR_BUFFER_TOO_LARGE";
}

/** By code points, which is the order of their UTF-8. Halves of pairs come before U+E000 and later, but stand for more. */
function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  if (left.name === right.name) return 0;
  if (SURROGATE.test(left.name) || SURROGATE.test(right.name))
    return Buffer.compare(Buffer.from(left.name), Buffer.from(right.name));
  return left.name < right.name ? -1 : 1;
}

const SURROGATE = /[\ud800-\udfff]/;

function lastMark(bytes: Buffer, mark: number): number {
  const wanted = Buffer.alloc(4);
  wanted.writeUInt32LE(mark);
  return bytes.lastIndexOf(wanted);
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(buffer, done, length - done, at + done);
    if (bytesRead === 0) throw damaged("it is cut");
    done += bytesRead;
  }
  return buffer;
}

export function damaged(why: string): StixError {
  return new StixError({
    code: "bad-value",
    message: `the uploaded archive cannot be read: ${why}`,
    hint: "run the command again",
  });
}
