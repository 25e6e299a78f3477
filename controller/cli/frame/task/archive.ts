// Packs files and folders into one zip whose name follows from its content, not from times or the order on the disk.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { zipSync, type Zippable, type ZippableFile } from "fflate";
import { StixError } from "#shared/errors/stix-error.ts";
import { ignoresOf } from "#shared/files/ignore-disk.ts";
import type { Ignores } from "#shared/files/ignore-rules.ts";

export interface Archive {
  /** 64 hex digits. */
  readonly blobId: string;
  readonly zip: Uint8Array<ArrayBuffer>;
  readonly files: number;
}

interface Entry {
  /** The absolute path without its first slash; folders end with one. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

const UNIX = 3;
const LINK_MODE = 0o120777;
/** All archives of the same files are the same bytes. */
const FIXED_TIME = new Date("1980-01-01T00:00:00Z");
// The whole archive is held in memory once; past this a bucket is the right place.
const ARCHIVE_MAX_BYTES = 2 * 1024 * 1024 * 1024;

/** `paths` are absolute. Throws `file-not-found`, `too-large`. */
export function packFiles(paths: readonly string[]): Archive {
  const entries = new Map<string, Entry>();
  let size = 0;
  const add = (entry: Entry) => {
    entries.set(entry.name, entry);
    size += entry.content.length;
    if (size > ARCHIVE_MAX_BYTES)
      throw new StixError({
        code: "too-large",
        message: "the files to upload are more than 2 GiB",
        hint: "list what is not needed in .skyignore",
      });
  };
  for (const path of paths) collect(path, add);
  const sorted = [...entries.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  const zippable: Zippable = {};
  for (const entry of sorted) zippable[entry.name] = zipped(entry);
  return {
    blobId: blobId(sorted),
    zip: new Uint8Array(zipSync(zippable)),
    files: sorted.filter((entry) => !entry.name.endsWith("/")).length,
  };
}

function collect(path: string, add: (entry: Entry) => void): void {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined)
    throw new StixError({ code: "file-not-found", message: `'${path}' does not exist`, hint: `ls ${path}` });
  const name = path.replace(/^\/+/, "");
  if (!facts.isDirectory()) return add({ name, content: readFileSync(path), mode: facts.mode });
  add({ name: `${name.replace(/\/$/, "")}/`, content: new Uint8Array(), mode: facts.mode });
  collectFolder(path, "", ignoresOf(path, { lookAbove: true }), add);
}

function collectFolder(root: string, inside: string, ignores: Ignores, add: (entry: Entry) => void): void {
  for (const child of readdirSync(join(root, inside)).sort()) {
    const relative = inside === "" ? child : `${inside}/${child}`;
    const path = join(root, relative);
    const facts = lstatSync(path);
    if (ignores(relative, facts.isDirectory())) continue;
    const name = path.replace(/^\/+/, "");
    if (facts.isSymbolicLink()) add({ name, content: new TextEncoder().encode(readlinkSync(path)), mode: LINK_MODE });
    else if (facts.isDirectory()) {
      add({ name: `${name}/`, content: new Uint8Array(), mode: facts.mode });
      collectFolder(root, relative, ignores, add);
    } else if (facts.isFile()) add({ name, content: readFileSync(path), mode: facts.mode });
  }
}

function zipped(entry: Entry): ZippableFile {
  return [
    entry.content,
    { mtime: FIXED_TIME, os: UNIX, attrs: entry.mode << 16, level: entry.content.length === 0 ? 0 : 6 },
  ];
}

/** SHA-256 over each name and the SHA-256 of its content, sorted by name. */
function blobId(sorted: readonly Entry[]): string {
  const hash = createHash("sha256");
  for (const { name, content } of sorted) {
    hash.update(name);
    hash.update(createHash("sha256").update(content).digest());
  }
  return hash.digest("hex");
}
