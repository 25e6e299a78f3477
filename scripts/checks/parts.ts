// What a change must pass before its tests: one table, for scripts/check and for the groups of scripts/test.
import { join } from "node:path";

export interface CheckPart {
  readonly name: string;
  readonly command: readonly string[];
  /** Mends what it can, before the command looks. */
  readonly fix?: readonly string[];
}

const root = join(import.meta.dir, "../..");
const bun = process.execPath;

export const checkParts: readonly CheckPart[] = [
  { name: "types", command: [bun, "x", "tsc", "--noEmit"] },
  { name: "format", command: [bun, "x", "oxfmt", "--check", "."], fix: [bun, "x", "oxfmt", "."] },
  { name: "lint", command: [bun, "x", "oxlint"], fix: [bun, "x", "oxlint", "--fix"] },
  {
    name: "sizes",
    command: [bun, join(root, "scripts/checks/sizes.ts")],
    fix: [bun, join(root, "scripts/checks/sizes.ts"), "--fix"],
  },
  {
    name: "generated",
    command: [bun, join(root, "scripts/gen.ts"), "--check"],
    fix: [bun, join(root, "scripts/gen.ts")],
  },
];

/** The law of the house, as tests. */
export const houseFolder = "test/house";
