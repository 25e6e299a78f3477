// Takes archives in pieces, and unpacks them once they are whole and are what their name says.
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { uploadFolder } from "#controller/operations/uploaded-files.ts";
import type { World } from "#controller/operations/operation.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { diskError } from "#shared/os/disk-errors.ts";
import { unpackZip } from "./unpack-zip.ts";

/** SHA-256 of the content, in hex. */
export const BLOB_ID = /^[0-9a-f]{64}$/;
/** A client cuts at 95 MB: this allows archives of 1.9 TB and keeps a wrong number from making a million files. */
const CHUNKS_MAX = 20_000;

export interface UploadChunk {
  readonly userHash: string;
  readonly blobId: string;
  readonly chunkIndex: number;
  readonly totalChunks: number;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** One archive, packed; SkyPilot's variable for servers sets another. */
const TOTAL_BYTES_MAX = 100 * 1024 ** 3;
const COPY_BYTES = 1024 * 1024;

export interface UploadDesk {
  /** Gives the chunks that are still missing; none: the archive is unpacked and known. Throws bad-value, too-large, disk-full, no-permission. */
  store(chunk: UploadChunk): Promise<readonly string[]>;
}

export function createUploadDesk(world: World): UploadDesk {
  /** Archives that are being unpacked: the same one may come twice at once. */
  const running = new Map<string, Promise<number>>();
  const once = (folder: string, unpack: () => Promise<number>) => {
    const work = running.get(folder) ?? unpack().finally(() => running.delete(folder));
    running.set(folder, work);
    return work;
  };
  return {
    store: async (chunk) => {
      checkNumbers(chunk);
      const folder = uploadFolder({ uploads: world.paths.uploads, userHash: chunk.userHash, blobId: chunk.blobId });
      try {
        const missing = await writeChunk(world, folder, chunk);
        // Another copy of it may have been completed meanwhile, or the server died before it was known.
        const isThere = existsSync(folder);
        if (isThere) await rm(`${folder}.parts`, { recursive: true, force: true });
        else if (missing.length > 0) return missing;
        const size = isThere ? 0 : await once(folder, () => unpackWhole(folder, chunk, world.random.token(8)));
        const isKnown = isThere && (await world.uploads.has(chunk.userHash, chunk.blobId, world.clock.now()));
        if (!isKnown) await world.uploads.add(chunk.userHash, chunk.blobId, size, world.clock.now());
        return [];
      } catch (error) {
        throw diskError(folder, error);
      }
    },
  };
}

function checkNumbers({ chunkIndex, totalChunks }: UploadChunk): void {
  if (
    Number.isInteger(totalChunks) &&
    totalChunks >= 1 &&
    totalChunks <= CHUNKS_MAX &&
    Number.isInteger(chunkIndex) &&
    chunkIndex >= 0 &&
    chunkIndex < totalChunks
  )
    return;
  throw new StixError({
    code: "bad-value",
    message: "the upload's chunk numbers make no sense",
    hint: "run the command again",
  });
}

function bytesMaxOf({ environment }: World): number {
  const given = Number(environment["SKYPILOT_MAX_UPLOAD_TOTAL_BYTES"]);
  return Number.isInteger(given) && given > 0 ? given : TOTAL_BYTES_MAX;
}

/** Gives the chunks that are not there yet. */
async function writeChunk(
  world: World,
  folder: string,
  { chunkIndex, totalChunks, body }: UploadChunk,
): Promise<readonly string[]> {
  const parts = `${folder}.parts`;
  await mkdir(parts, { recursive: true, mode: 0o700 });
  // Beside the others, which go when somebody else's copy of this archive is complete.
  const draft = `${folder}.${world.random.token(8)}.part`;
  try {
    await receive(draft, body, { before: await bytesIn(parts, String(chunkIndex)), most: bytesMaxOf(world) });
    await mkdir(parts, { recursive: true, mode: 0o700 });
    await rename(draft, `${parts}/${chunkIndex}`);
  } finally {
    await rm(draft, { force: true });
  }
  const present = new Set(await readdir(parts));
  return Array.from({ length: totalChunks }, (_, index) => String(index)).filter((index) => !present.has(index));
}

async function receive(
  path: string,
  body: ReadableStream<Uint8Array> | null,
  { before, most }: { readonly before: number; readonly most: number },
): Promise<void> {
  let bytes = before;
  await using file = await open(path, "wx", 0o600);
  for await (const piece of body ?? []) {
    bytes += piece.length;
    if (bytes > most)
      throw new StixError({
        code: "too-large",
        message: `the upload is more than ${most} bytes, the most that this server takes`,
        hint: "list what is not needed in .skyignore, or start the server with a larger SKYPILOT_MAX_UPLOAD_TOTAL_BYTES",
      });
    await file.write(piece);
  }
}

/** Size of all parts but the one that is replaced. */
async function bytesIn(parts: string, replaced: string): Promise<number> {
  const others = (await readdir(parts)).filter((name) => name !== replaced);
  const sizes = await Promise.all(
    others.map(async (name) => (await stat(`${parts}/${name}`).catch(() => null))?.size ?? 0),
  );
  return sizes.reduce((total, size) => total + size, 0);
}

/** Gives the archive's size. */
async function unpackWhole(folder: string, { blobId, totalChunks }: UploadChunk, suffix: string): Promise<number> {
  const parts = `${folder}.parts`;
  const archive = `${folder}.${suffix}.zip`;
  const fresh = `${folder}.${suffix}`;
  try {
    if (totalChunks === 1) await rename(`${parts}/0`, archive);
    else await joinParts(parts, totalChunks, archive);
    const { size } = await stat(archive);
    const found = await unpackZip(archive, fresh);
    if (found !== blobId)
      throw new StixError({
        code: "bad-value",
        message: "the uploaded archive is not what its name says",
        hint: "run the command again",
      });
    if (!existsSync(folder)) await rename(fresh, folder);
    return size;
  } finally {
    for (const path of [archive, fresh, parts]) await rm(path, { recursive: true, force: true });
  }
}

async function joinParts(parts: string, count: number, whole: string): Promise<void> {
  await using file = await open(whole, "wx", 0o600);
  for (let index = 0; index < count; index += 1) {
    for await (const piece of createReadStream(`${parts}/${index}`, { highWaterMark: COPY_BYTES }))
      await file.write(piece as Uint8Array);
  }
}

/** Removes uploads that were not used since `before`, and what broken uploads left. */
export async function pruneUploads(world: World, before: number): Promise<void> {
  for (const { userHash, blobId } of await world.uploads.prune(before)) {
    await rm(uploadFolder({ uploads: world.paths.uploads, userHash, blobId }), { recursive: true, force: true });
  }
  if (!existsSync(world.paths.uploads)) return;
  for (const user of await readdir(world.paths.uploads)) {
    for (const name of await readdir(`${world.paths.uploads}/${user}`)) {
      const path = `${world.paths.uploads}/${user}/${name}`;
      const lastChange = (await stat(path).catch(() => null))?.mtimeMs ?? before;
      if (name.includes(".") && lastChange < before) await rm(path, { recursive: true, force: true });
    }
  }
}
