// Local files of a task to a server on another machine: one zip, named by its content, sent once.
import { callJson, call, type Connection } from "#controller/sdk/connection.ts";
import { field } from "#controller/sdk/read.ts";
import { packFiles } from "./archive.ts";

export interface Uploaded {
  readonly blobId: string;
  /** Path on this machine → path inside the archive. */
  readonly mapping: Readonly<Record<string, string>>;
}

// SkyPilot's own size of a part: proxies in front of servers refuse bodies above 100 MB.
const PART_BYTES = 95_000_000;
const PART_TIMEOUT_MS = 600_000;

/** Undefined when there is nothing to send. */
export async function uploadFiles(
  connection: Connection,
  paths: readonly string[],
  tell: (line: string) => void,
): Promise<Uploaded | undefined> {
  const wanted = [...new Set(paths)];
  if (wanted.length === 0) return undefined;
  const archive = packFiles(wanted);
  const user = connection.userHash();
  const mapping = Object.fromEntries(wanted.map((path) => [path, path]));
  const known = await callJson(connection, "upload.known", {
    query: { user_hash: user, blob_id: archive.blobId, size_bytes: String(archive.zip.length) },
  });
  if (field(known, "exists") === true) return { blobId: archive.blobId, mapping };
  tell(`Uploading ${archive.files} files (${Math.ceil(archive.zip.length / 1024)} kB).`);
  const parts = Math.max(1, Math.ceil(archive.zip.length / PART_BYTES));
  for (let part = 0; part < parts; part += 1) {
    await call(connection, "upload", {
      query: { user_hash: user, upload_id: archive.blobId, chunk_index: String(part), total_chunks: String(parts) },
      raw: archive.zip.slice(part * PART_BYTES, (part + 1) * PART_BYTES),
      headers: { "Content-Type": "application/octet-stream" },
      timeoutMs: PART_TIMEOUT_MS,
    });
  }
  return { blobId: archive.blobId, mapping };
}
