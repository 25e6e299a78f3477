// Small facts in files of their own, read back through a schema.
import { readFile } from "node:fs/promises";
import type { z } from "zod";

/** null when the file is absent or is not what the schema says. */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}

/** null when there is no such file; every other trouble is thrown, since a file that cannot be read is not an absent one. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
