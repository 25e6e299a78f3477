// A folder's files as a zip archive that is made while it is sent.
import { Zip, ZipDeflate } from "fflate";
import { readdirSync, statSync } from "node:fs";
import { framePipe } from "./frame-pipe.ts";

export interface ZippedFolder {
  readonly folder: string;
  /** Path of the folder inside the archive. */
  readonly name: string;
}

const COMPRESSION = 3;

export function zipStream(folders: readonly ZippedFolder[]): ReadableStream<Uint8Array> {
  const pipe = framePipe<Uint8Array>();
  void send(folders, (bytes) => pipe.push(bytes))
    .catch(() => undefined)
    .finally(() => pipe.end());
  return pipe.stream;
}

async function send(folders: readonly ZippedFolder[], push: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  let sent = Promise.resolve();
  const zip = new Zip((error, bytes) => {
    if (error !== null) throw error;
    sent = sent.then(() => push(bytes));
  });
  for (const { folder, name } of folders) {
    for (const path of filesIn(folder)) {
      const entry = new ZipDeflate(`${name}/${path}`, { level: COMPRESSION });
      zip.add(entry);
      for await (const chunk of Bun.file(`${folder}/${path}`).stream()) {
        entry.push(chunk);
        await sent;
      }
      entry.push(new Uint8Array(), true);
      await sent;
    }
  }
  zip.end();
  await sent;
}

function filesIn(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all.filter((path) => statSync(`${folder}/${path}`).isFile()).toSorted();
}
