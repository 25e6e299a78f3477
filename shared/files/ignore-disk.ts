// Ignore files as they are on this machine's disks.
import { lstatSync, readFileSync } from "node:fs";
import { readIgnores, type IgnoreOptions, type Ignores } from "./ignore-rules.ts";

/** The rules of a folder on disk. Throws what the system says of an ignore file that cannot be read: nothing may be sent by mistake. */
export function ignoresOf(folder: string, options: IgnoreOptions): Ignores {
  return readIgnores(folder.replace(/\/+$/, ""), { read: readPlain, kind: kindOf }, options);
}

function kindOf(path: string): "file" | "folder" | null {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts?.isDirectory() === true) return "folder";
  return facts?.isFile() === true ? "file" : null;
}

function readPlain(path: string): string | null {
  return kindOf(path) === "file" ? readFileSync(path, "utf8") : null;
}
