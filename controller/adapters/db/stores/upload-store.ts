// Keeps the promises of the upload store in the database; the bytes are files elsewhere.
import { and, eq, lt } from "drizzle-orm";
import type { UploadStore } from "#controller/ports/requests.ts";
import type { Database } from "../database.ts";

export function createUploadStore(db: Database): UploadStore {
  const { uploads } = db.tables;
  const isIt = (userHash: string, blobId: string) => and(eq(uploads.userHash, userHash), eq(uploads.blobId, blobId));
  return {
    has: async (userHash, blobId, at) =>
      (
        await db.write((orm) =>
          orm.update(uploads).set({ usedAt: at }).where(isIt(userHash, blobId)).returning({ id: uploads.blobId }),
        )
      ).length > 0,
    add: (userHash, blobId, sizeBytes, at) =>
      db.write((orm) =>
        orm
          .insert(uploads)
          .values({ userHash, blobId, sizeBytes, usedAt: at })
          .onConflictDoUpdate({ target: [uploads.userHash, uploads.blobId], set: { sizeBytes, usedAt: at } }),
      ),
    prune: (before) =>
      db.write((orm) =>
        orm
          .delete(uploads)
          .where(lt(uploads.usedAt, before))
          .returning({ userHash: uploads.userHash, blobId: uploads.blobId }),
      ),
  };
}
