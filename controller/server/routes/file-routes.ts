// Files from clients (archives of what a task needs) and to them (copied logs).
import { zipStream } from "../streams/zip-stream.ts";
import { BLOB_ID, createUploadDesk } from "../uploads/upload-desk.ts";
import { uploadFolder } from "#controller/operations/uploaded-files.ts";
import { clientLogFolder, downloadFolder } from "#controller/operations/download-logs.ts";
import { existsSync } from "node:fs";
import { normalize } from "node:path";
import { answerWith } from "../gates/read-body.ts";
import type { Asked, Handlers } from "./register-calls.ts";
import type { Service } from "../service.ts";

/** What clients replace by their own home: the names in the archive begin with it. */
const HOME_SHOWN = "/stix-home";

export function fileHandlers({ world }: Service) {
  const desk = createUploadDesk(world);
  const upload = async ({ c, principal }: Asked<"upload" | "upload.v1">) => {
    const blobId = checkedBlob(c.req.query("upload_id"));
    c.env.keepOpen(c.req.raw);
    const missing = await desk.store({
      userHash: principal.userHash,
      blobId,
      chunkIndex: Number(c.req.query("chunk_index") ?? 0),
      totalChunks: Number(c.req.query("total_chunks") ?? 1),
      body: c.req.raw.body,
    });
    return missing.length === 0
      ? { status: "completed" as const, missing_chunks: null }
      : { status: "uploading" as const, missing_chunks: missing };
  };
  return {
    "upload.known": async ({ c, principal: { userHash } }) => {
      const blobId = checkedBlob(c.req.query("blob_id"));
      const known = await world.uploads.has(userHash, blobId, world.clock.now());
      return { exists: known && existsSync(uploadFolder({ uploads: world.paths.uploads, userHash, blobId })) };
    },
    upload,
    "upload.v1": upload,
    download: ({ c, principal, body }) => {
      const userHash = principal.userHash === "" ? userOf(body.folder_paths[0] ?? "") : principal.userHash;
      const prefix = `${clientLogFolder(userHash)}/`;
      const folders = body.folder_paths.map((path) => {
        const inside = path.replace(world.home, "~");
        if (!inside.startsWith(prefix) || normalize(inside) !== inside)
          throw answerWith(400, { detail: `Invalid folder path: ${path}` });
        const folder = `${downloadFolder(world.paths.root, userHash)}/${inside.slice(prefix.length)}`;
        if (!existsSync(folder)) throw answerWith(400, { detail: `Invalid folder path: ${path}` });
        return { folder, name: `${HOME_SHOWN.slice(1)}/${inside.slice(2)}` };
      });
      c.env.keepOpen(c.req.raw);
      return new Response(zipStream(folders), {
        headers: { "content-type": "application/zip", "X-Home-Path": HOME_SHOWN },
      });
    },
  } satisfies Partial<Handlers>;
}

function checkedBlob(blobId: string | undefined): string {
  if (blobId !== undefined && BLOB_ID.test(blobId)) return blobId;
  throw answerWith(400, { detail: `Invalid blob_id: ${blobId ?? ""}` });
}

function userOf(path: string): string {
  return /\.sky\/api_server\/clients\/([0-9a-zA-Z_-]+)\/sky_logs\//.exec(path)?.[1] ?? "";
}
