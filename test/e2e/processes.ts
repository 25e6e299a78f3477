// Finds the processes that belong to one test's deployment, by what the kernel says of them: command line, environment, folder.
import { environmentOf, listPids, readEntry, readProcess, wordsOf } from "#shared/os/proc.ts";
import { readlinkSync } from "node:fs";

export type Role = "server" | "hub" | "bus" | "skylet" | "supervisor" | "client" | "other";

export interface Found {
  readonly pid: number;
  readonly role: Role;
  /** "<cid>/<nid>" for what runs on a local node, else null. */
  readonly node: string | null;
  readonly command: string;
}

/** Every live process that was started below `root` (a folder no other test uses) or with it in its environment. */
export function processesOf(root: string): Found[] {
  return listPids()
    .filter((pid) => pid !== process.pid)
    .flatMap((pid) => describe(pid, root) ?? []);
}

function describe(pid: number, root: string): Found | null {
  const words = wordsOf(pid);
  const environment = environmentOf(pid);
  const folder = link(`/proc/${pid}/cwd`);
  const command = words.join(" ");
  if (!`${command}\0${environment}\0${folder}`.includes(root)) return null;
  // A process that ended but was not waited for yet has no command line and does nothing any more.
  if (words.length === 0) return null;
  // Between fork and exec a child still looks like its parent.
  if (
    wordsOf(readEntry(pid)?.parent ?? 0).join("\0") === wordsOf(pid).join("\0") &&
    !/(^|\/)(sh|dash|bash)$/.test(words[0] ?? "")
  )
    return null;
  return { pid, role: roleOf(words, root), node: nodeOf(`${command}\0${environment}\0${folder}`, root), command };
}

function roleOf(words: readonly string[], root: string): Role {
  const program = words[0] ?? "";
  const command = words.join(" ");
  if (words.includes("__server")) return "server";
  if (/nats-server[^/]*$/.test(program)) return command.includes(`${root}/state/hub`) ? "hub" : "bus";
  if (/(^|\/)(sh|dash|bash)$/.test(program)) return command.includes("supervisor.sh") ? "supervisor" : "other";
  if (words[1] === "run" && words.includes("--dir")) return "skylet";
  if (/(^|\/)stix$/.test(program)) return "client";
  return "other";
}

function nodeOf(text: string, root: string): string | null {
  const match = new RegExp(`${root.replaceAll(/[.+]/g, "\\$&")}/state/local/([^/\0 ]+/[^/\0 ]+)`).exec(text);
  return match?.[1] ?? null;
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** False once the process is gone or only waits to be collected. */
export function isAlive(pid: number): boolean {
  return readProcess(pid) !== null;
}

/** Signals a process; the gone are no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already: that is what a kill is for.
  }
}
