// Files that the build put into the stix executable, and how they become executables on disk.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { publish, writeExecutable } from "./durable-file.ts";

export interface EmbeddedFolder {
  /** Where the build's `parts` folder is seen; it may not be there. */
  readonly folder: string;
  /** Where unpacked parts are kept, by content. */
  readonly target: string;
}

/** nats-server.zst, unpacked once for each content. null: not embedded. */
export async function unpackNatsServer({ folder, target }: EmbeddedFolder): Promise<string | null> {
  const packed = `${folder}/nats-server.zst`;
  if (!existsSync(packed)) return null;
  const bytes = await readFile(packed);
  const path = `${target}/nats-server-${contentName(bytes)}`;
  if (existsSync(path)) return path;
  await writeExecutable(path, pieces(Bun.zstdDecompressSync(bytes)));
  return path;
}

/** skylet.js, compiled by this very executable (it is a Bun, when asked to be). null: not embedded, or not compiled ourselves. */
export async function compileSkylet(embedded: EmbeddedFolder, stix: string): Promise<string | null> {
  const script = `${embedded.folder}/skylet.js`;
  if (!existsSync(script)) return null;
  const bytes = await readFile(script);
  const path = `${embedded.target}/skylet-${contentName(bytes, `${Bun.version} ${process.arch}`)}`;
  if (existsSync(path)) return path;
  await mkdir(embedded.target, { recursive: true, mode: 0o700 });
  const workshop = await mkdtemp(`${embedded.target}/compile-`);
  try {
    await writeFile(`${workshop}/skylet.js`, bytes);
    await compile(stix, workshop);
    await publish(`${workshop}/skylet`, path);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return path;
}

async function compile(stix: string, workshop: string): Promise<void> {
  // Without the two last flags the result would load .env and bunfig.toml of whatever folder it starts in.
  const flags = [
    "--compile",
    "--bytecode",
    "--format=esm",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
  ];
  const child = Bun.spawn([stix, "build", ...flags, "skylet.js", "--outfile", "skylet"], {
    cwd: workshop,
    env: { HOME: workshop, TMPDIR: workshop, BUN_BE_BUN: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [status, complaint] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  if (status !== 0) throw new Error(`compiling the agent failed with ${status}: ${complaint.trim().slice(0, 500)}`);
}

function contentName(bytes: Uint8Array, salt = ""): string {
  return createHash("sha256").update(bytes).update(salt).digest("hex").slice(0, 16);
}

/** One mebibyte at a time, so that a slow disk does not hold one huge write. */
async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  const size = 1 << 20;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
