// Keeps the promises of the upload store in the database; the bytes are files elsewhere.
import { and, eq, lt } from "drizzle-orm";
import type { UploadStore } from "#controller/ports/requests.ts";
import type { OpenDatabase } from "../sqlite/database.ts";
import { uploads } from "../tables/request.ts";

export function createUploadStore(db: OpenDatabase): UploadStore {
  const isIt = (userHash: string, blobId: string) => and(eq(uploads.userHash, userHash), eq(uploads.blobId, blobId));
  return {
    has: (userHash, blobId, at) =>
      db.run(
        (orm) =>
          orm.update(uploads).set({ usedAt: at }).where(isIt(userHash, blobId)).returning({ id: uploads.blobId }).all()
            .length > 0,
      ),
    add: (userHash, blobId, sizeBytes, at) =>
      db.run((orm) =>
        orm
          .insert(uploads)
          .values({ userHash, blobId, sizeBytes, usedAt: at })
          .onConflictDoUpdate({ target: [uploads.userHash, uploads.blobId], set: { sizeBytes, usedAt: at } })
          .run(),
      ),
    prune: (before) =>
      db.run((orm) =>
        orm
          .delete(uploads)
          .where(lt(uploads.usedAt, before))
          .returning({ userHash: uploads.userHash, blobId: uploads.blobId })
          .all(),
      ),
  };
}
