// Finds the processes that belong to one test's deployment, by what the kernel says of them: command line, environment, folder.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

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
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .flatMap((pid) => describe(pid, root) ?? []);
}

function describe(pid: number, root: string): Found | null {
  const words = read(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
  const environment = read(`/proc/${pid}/environ`);
  const folder = link(`/proc/${pid}/cwd`);
  const command = words.join(" ");
  if (!`${command}\0${environment}\0${folder}`.includes(root)) return null;
  // A process that ended but was not waited for yet has no command line and does nothing any more.
  if (words.length === 0) return null;
  // Between fork and exec a child still looks like its parent.
  if (
    read(`/proc/${parentOf(pid)}/cmdline`) === read(`/proc/${pid}/cmdline`) &&
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

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function nodeOf(text: string, root: string): string | null {
  const match = new RegExp(`${root.replaceAll(/[.+]/g, "\\$&")}/state/local/([^/\0 ]+/[^/\0 ]+)`).exec(text);
  return match?.[1] ?? null;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
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
  const stat = read(`/proc/${pid}/stat`);
  return stat !== "" && stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
}

/** Signals a process; the gone are no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already: that is what a kill is for.
  }
}
