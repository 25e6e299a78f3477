// The repository's own TypeScript as the house tests read it: paths, texts, and the imports found by scanning the text.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

export interface SourceImport {
  /** As written. */
  readonly specifier: string;
  /** Path inside the repository, or null for a package. */
  readonly target: string | null;
  /** `import("…")`: only when it is needed. */
  readonly lazy: boolean;
}

export interface SourceFile {
  /** From the root, for example "shared/clock.ts". */
  readonly path: string;
  readonly text: string;
  /** The text with comments blanked out. */
  readonly code: string;
  readonly imports: readonly SourceImport[];
}

export const root = join(import.meta.dir, "../..");

const rooms = ["shared", "catalog", "controller", "skylet", "scripts", "test"] as const;

/** Type-only imports are arrows too, and Bun's own scanner drops them: hence a scan of the text. */
const importPattern =
  /(?:^|\n|;)\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']|(?:^|\n|;)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;

export function sourceFiles(): readonly SourceFile[] {
  return rooms
    .filter((room) => existsSync(join(root, room)))
    .flatMap((room) =>
      [...new Glob("**/*.{ts,tsx}").scanSync({ cwd: join(root, room) })]
        .sort()
        .map((file) => sourceFile(join(room, file))),
    );
}

export function sourceFile(path: string, text: string = readFileSync(join(root, path), "utf8")): SourceFile {
  return { path, text, code: withoutComments(text), imports: importsOf(path, withoutComments(text)) };
}

function importsOf(path: string, code: string): SourceImport[] {
  return [...code.matchAll(importPattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    return { specifier, target: resolved(path, specifier), lazy: match[3] !== undefined };
  });
}

function resolved(from: string, specifier: string): string | null {
  if (specifier.startsWith("#")) return specifier.slice(1);
  if (specifier.startsWith(".")) return normalize(join(dirname(from), specifier));
  return null;
}

/** Comments become spaces, so that places stay; strings are kept whole. */
export function withoutComments(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|(^|[\s;{}(),])\/\/[^\n]*/g,
    (whole, string, before) =>
      string === undefined ? (before ?? "") + whole.slice((before ?? "").length).replace(/[^\n]/g, " ") : whole,
  );
}
