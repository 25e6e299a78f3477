// Takes archives in pieces, and unpacks them once they are whole and are what their name says.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { appendFile, open, rename } from "node:fs/promises";
import { uploadFolder } from "#controller/operations/uploaded-files.ts";
import type { World } from "#controller/operations/operation.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { diskError } from "./requests/disk-error.ts";
import { unpackZip } from "./read-zip.ts";

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

/** Gives the chunks that are still missing; none: the archive is unpacked and known. Throws bad-value, disk-full, no-permission. */
export async function storeUpload(world: World, chunk: UploadChunk): Promise<readonly string[]> {
  const { userHash, blobId, chunkIndex, totalChunks } = chunk;
  if (!Number.isInteger(totalChunks) || totalChunks < 1 || totalChunks > CHUNKS_MAX || !(chunkIndex >= 0 && chunkIndex < totalChunks)) {
    throw new StixError({ code: "bad-value", message: "the upload's chunk numbers make no sense", hint: "run the command again" });
  }
  const folder = uploadFolder({ uploads: world.paths.uploads, userHash, blobId });
  const parts = `${folder}.parts`;
  try {
    mkdirSync(parts, { recursive: true, mode: 0o700 });
    await writeChunk(`${parts}/${chunkIndex}`, world.random.token(8), chunk.body);
    const missing = Array.from({ length: totalChunks }, (_, index) => String(index)).filter((index) => !existsSync(`${parts}/${index}`));
    if (missing.length > 0) return missing;
    const size = await unpackWhole(folder, blobId, totalChunks, world.random.token(8));
    await world.uploads.add(userHash, blobId, size, world.clock.now());
    return [];
  } catch (error) {
    throw diskError(folder, error);
  }
}

async function writeChunk(path: string, suffix: string, body: ReadableStream<Uint8Array> | null): Promise<void> {
  const file = await open(`${path}.${suffix}`, "wx", 0o600);
  try {
    for await (const piece of body ?? []) await file.write(piece);
  } finally {
    await file.close();
  }
  await rename(`${path}.${suffix}`, path);
}

async function unpackWhole(folder: string, blobId: string, totalChunks: number, suffix: string): Promise<number> {
  const parts = `${folder}.parts`;
  const archive = `${folder}.${suffix}.zip`;
  const fresh = `${folder}.${suffix}`;
  try {
    if (totalChunks === 1) renameSync(`${parts}/0`, archive);
    else for (let index = 0; index < totalChunks; index += 1) await appendFile(archive, new Uint8Array(await Bun.file(`${parts}/${index}`).arrayBuffer()));
    const found = unpackZip(archive, fresh);
    if (found !== blobId) throw new StixError({ code: "bad-value", message: "the uploaded archive is not what its name says", hint: "run the command again" });
    if (!existsSync(folder)) renameSync(fresh, folder);
    return statSync(archive).size;
  } finally {
    for (const path of [archive, fresh, parts]) rmSync(path, { recursive: true, force: true });
  }
}

/** Removes uploads that were not used since `before`, and what broken uploads left. */
export async function pruneUploads(world: World, before: number): Promise<void> {
  for (const { userHash, blobId } of await world.uploads.prune(before)) {
    rmSync(uploadFolder({ uploads: world.paths.uploads, userHash, blobId }), { recursive: true, force: true });
  }
  if (!existsSync(world.paths.uploads)) return;
  for (const user of readdirSync(world.paths.uploads)) {
    for (const name of readdirSync(`${world.paths.uploads}/${user}`)) {
      const path = `${world.paths.uploads}/${user}/${name}`;
      if (name.includes(".") && statSync(path).mtimeMs < before) rmSync(path, { recursive: true, force: true });
    }
  }
}
