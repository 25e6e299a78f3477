// Writes small files whole or not at all, and reads them back through a schema.
import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import type { z } from "zod";

/** Replaces `path` by rename. Not flushed to the disk: what we write here is written again after a power cut. */
export async function writeWhole(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString("hex")}.draft`;
  try {
    await writeFile(draft, content, { mode, flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** null when the file is absent or is not what the schema says. */
export async function readChecked<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
