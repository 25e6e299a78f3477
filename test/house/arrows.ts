// The import law of the house as a table: which room may import which. Tests may import everything.

export interface Room {
  readonly name: string;
  /** The files of this room; the first room that matches wins. */
  readonly files: RegExp;
  /** Rooms it may import besides its own. */
  readonly mayImport: readonly string[];
  /** When set: own files count as own only inside the same folder (the match's first group). */
  readonly ownFolder?: boolean;
}

const words = ["shared"] as const;

export const houseRooms: readonly Room[] = [
  { name: "test", files: /^test\/|\.test\.tsx?$|\.prop\.test\.ts$/, mayImport: ["*"] },
  { name: "scripts", files: /^scripts\//, mayImport: ["*"] },
  { name: "shared", files: /^shared\//, mayImport: [] },
  { name: "catalog", files: /^catalog\//, mayImport: [...words] },
  { name: "skylet", files: /^skylet\//, mayImport: [...words] },
  { name: "core", files: /^controller\/core\//, mayImport: [...words, "catalog"] },
  { name: "ports", files: /^controller\/ports\//, mayImport: [...words, "catalog", "contract"] },
  { name: "contract", files: /^controller\/providers\/contract\//, mayImport: [...words, "catalog", "ports"] },
  { name: "kit", files: /^controller\/providers\/kit\//, mayImport: [...words, "contract"] },
  {
    name: "registry",
    files: /^controller\/providers\/registry(\.gen)?\.ts$/,
    mayImport: [...words, "contract", "provider"],
  },
  {
    name: "provider",
    files: /^(controller\/providers\/[^/]+)\//,
    mayImport: [...words, "catalog", "contract", "kit"],
    ownFolder: true,
  },
  {
    name: "adapter",
    files: /^(controller\/adapters\/[^/]+)\//,
    mayImport: [...words, "ports", "contract", "kit"],
    ownFolder: true,
  },
  {
    name: "operations",
    files: /^controller\/operations\//,
    mayImport: [...words, "catalog", "core", "ports", "contract"],
  },
  { name: "loops", files: /^controller\/loops\//, mayImport: [...words, "core", "ports", "contract", "operations"] },
  { name: "requests", files: /^controller\/requests\//, mayImport: [...words, "core", "ports", "operations"] },
  {
    name: "server",
    files: /^controller\/server\//,
    mayImport: [...words, "ports", "contract", "operations", "requests"],
  },
  { name: "sdk", files: /^controller\/sdk\//, mayImport: [...words] },
  { name: "local-server", files: /^controller\/local-server\//, mayImport: [...words, "sdk"] },
  { name: "cli", files: /^controller\/cli\//, mayImport: [...words, "sdk", "local-server"] },
  { name: "door", files: /^controller\/main\.ts$/, mayImport: [...words, "server", "cli"] },
  {
    name: "compose",
    files: /^controller\/compose(\/.*)?(\.ts)?$/,
    mayImport: [
      ...words,
      "catalog",
      "core",
      "ports",
      "contract",
      "kit",
      "registry",
      "provider",
      "adapter",
      "operations",
      "requests",
      "loops",
      "server",
    ],
  },
];

export function roomOf(path: string): Room | null {
  return houseRooms.find((room) => room.files.test(path)) ?? null;
}

/** Null when `from` may import `to`; a sentence when it may not. */
export function breach(from: string, to: string): string | null {
  const here = roomOf(from);
  const there = roomOf(to);
  if (here === null) return `${from} lies in no room of the house`;
  if (there === null) return `${from} imports ${to}, which lies in no room of the house`;
  if (here.mayImport.includes("*") || here.mayImport.includes(there.name)) return null;
  if (here.name === there.name && sameFolder(here, from, to)) return null;
  return `${from} (${here.name}) may not import ${to} (${there.name})`;
}

function sameFolder(room: Room, from: string, to: string): boolean {
  return room.ownFolder !== true || room.files.exec(from)?.[1] === room.files.exec(to)?.[1];
}
