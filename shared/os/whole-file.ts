// Files that a reader sees as they were or as they are, never half written: a draft beside them takes their name when it is done.
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";

export interface WholeFileOptions {
  /** Default 0o600. */
  readonly mode?: number;
  /** On the disk before it takes the name, so that a power cut leaves the old file or the new one. */
  readonly durable?: boolean;
}

/** Beside the file and of its own, so that several processes may write the same one: the last to finish wins. */
export function draftName(path: string): string {
  return `${path}.${randomBytes(6).toString("hex")}.draft`;
}

/** Replaces `path`. What fails leaves the old file and no draft. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, durable = false }: WholeFileOptions = {},
): Promise<void> {
  await viaDraft(path, async (draft) => {
    const file = await open(draft, "wx", mode);
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** As `writeWhole`, at once; the mode is as given, whatever the umask. */
export function writeWholeSync(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, durable = false }: WholeFileOptions = {},
): void {
  const draft = draftName(path);
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
      if (durable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    chmodSync(draft, mode);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Whatever `make` puts at the draft's name takes the place of `path`; what fails leaves neither draft nor change. */
export async function viaDraft(
  path: string,
  make: (draft: string) => Promise<void>,
  draft = draftName(path),
): Promise<void> {
  try {
    await make(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Gives a finished draft its name, unless another was first: what runs already is left alone. */
export async function publishOnce(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    // File systems without hard links: a rename is as whole, it only replaces a twin.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) return await rename(draft, path);
  }
  await rm(draft, { force: true });
}
