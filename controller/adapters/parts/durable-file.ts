// Writes an executable into a shared folder so that whoever looks sees either nothing or all of it.
import { chmod, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { draftName, publishOnce } from "#shared/os/whole-file.ts";

/** Streams `source` into `target` (0755). Safe when several processes do the same at once: each writes its own file and the last rename wins. */
export async function writeExecutable(target: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const draft = draftName(target);
  try {
    const file = await open(draft, "wx", 0o755);
    try {
      for await (const piece of source) await file.write(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await publish(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Gives a finished executable its name; who comes second leaves the first one's alone. */
export async function publish(draft: string, target: string): Promise<void> {
  await chmod(draft, 0o755);
  await publishOnce(draft, target);
}
