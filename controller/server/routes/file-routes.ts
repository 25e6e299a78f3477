// Files from clients (archives of what a task needs) and to them (copied logs).
import { zipStream } from "../streams/zip-stream.ts";
import { BLOB_ID, createUploadDesk } from "../uploads/upload-desk.ts";
import { uploadFolder } from "#controller/operations/uploaded-files.ts";
import { clientLogFolder, downloadFolder } from "#controller/operations/download-logs.ts";
import { downloadBodySchema } from "#shared/api/bodies.ts";
import { existsSync } from "node:fs";
import { normalize } from "node:path";
import { answerWith, readBody } from "../gates/read-body.ts";
import type { App, Service } from "../service.ts";

/** What clients replace by their own home: the names in the archive begin with it. */
const HOME_SHOWN = "/stix-home";

export function fileRoutes(app: App, { world }: Service): void {
  const desk = createUploadDesk(world);
  app.get("/upload_v2/blob", async (c) => {
    const blobId = checkedBlob(c.req.query("blob_id"));
    const userHash = c.req.query("user_hash") ?? "";
    const known = await world.uploads.has(userHash, blobId, world.clock.now());
    return c.json({ exists: known && existsSync(uploadFolder({ uploads: world.paths.uploads, userHash, blobId })) });
  });

  for (const path of ["/upload", "/upload_v2"]) {
    app.post(path, async (c) => {
      const blobId = checkedBlob(c.req.query("upload_id"));
      c.env.keepOpen(c.req.raw);
      const missing = await desk.store({
        userHash: c.req.query("user_hash") ?? "",
        blobId,
        chunkIndex: Number(c.req.query("chunk_index") ?? 0),
        totalChunks: Number(c.req.query("total_chunks") ?? 1),
        body: c.req.raw.body,
      });
      return c.json(
        missing.length === 0
          ? { status: "completed", missing_chunks: null }
          : { status: "uploading", missing_chunks: missing },
      );
    });
  }

  app.post("/download", async (c) => {
    const body = await readBody(c.req.raw, downloadBodySchema);
    const userHash = body.env_vars["SKYPILOT_USER_ID"] ?? userOf(body.folder_paths[0] ?? "");
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
  });
}

function checkedBlob(blobId: string | undefined): string {
  if (blobId !== undefined && BLOB_ID.test(blobId)) return blobId;
  throw answerWith(400, { detail: `Invalid blob_id: ${blobId ?? ""}` });
}

function userOf(path: string): string {
  return /\.sky\/api_server\/clients\/([0-9a-zA-Z_-]+)\/sky_logs\//.exec(path)?.[1] ?? "";
}
