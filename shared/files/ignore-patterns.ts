// The lines of one ignore file, and what the last of them that matches says of a path.
import { bytesOf, isGlobSpecial, wildmatch } from "./wildmatch.ts";

/** `sky`: a pattern with a slash inside holds at every depth unless it begins with one, as SkyPilot reads .skyignore. */
export type Dialect = "git" | "sky";

export interface IgnorePattern {
  readonly negated: boolean;
  readonly foldersOnly: boolean;
  /** Compared with the last part of the path alone. */
  readonly nameOnly: boolean;
  /** As bytes, without `!` and the slash at the end. */
  readonly body: string;
  /** Length of the beginning that has no wildcard. */
  readonly plainLength: number;
}

export function parseIgnorePatterns(text: string, dialect: Dialect): IgnorePattern[] {
  return text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => line.replace(/\r$/, ""))
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => parsePattern(dialect === "sky" ? anyDepth(line.trim()) : line));
}

/** true: ignored; false: taken back by a `!` line; null: no line says anything. `path` is relative to the file's folder, with slashes. */
export function judgePath(patterns: readonly IgnorePattern[], path: string, isFolder: boolean): boolean | null {
  const bytes = bytesOf(path);
  const name = bytes.slice(bytes.lastIndexOf("/") + 1);
  const found = patterns.findLast(
    (pattern) =>
      (isFolder || !pattern.foldersOnly) &&
      (pattern.nameOnly ? matchesName(pattern, name) : matchesPath(pattern, bytes)),
  );
  return found === undefined ? null : !found.negated;
}

function anyDepth(line: string): string {
  const negated = line.startsWith("!") ? "!" : "";
  const body = line.slice(negated.length).replace(/^\.\//, "/");
  const isDeep = body.replace(/\/$/, "").includes("/") && !body.startsWith("/") && !body.startsWith("**/");
  return `${negated}${isDeep ? "**/" : ""}${body}`;
}

function parsePattern(line: string): IgnorePattern[] {
  const trimmed = withoutTrailingSpaces(bytesOf(line));
  const negated = trimmed.startsWith("!");
  const whole = negated ? trimmed.slice(1) : trimmed;
  const foldersOnly = whole.endsWith("/");
  const body = foldersOnly ? whole.slice(0, -1) : whole;
  if (body === "") return [];
  const special = [...body].findIndex(isGlobSpecial);
  return [
    { negated, foldersOnly, nameOnly: !body.includes("/"), body, plainLength: special === -1 ? body.length : special },
  ];
}

/** Spaces at the end count only behind a backslash; a backslash at the very end keeps them all. */
function withoutTrailingSpaces(line: string): string {
  let spacesFrom: number | null = null;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === " ") spacesFrom ??= at;
    else {
      spacesFrom = null;
      if (line[at] !== "\\") continue;
      at += 1;
      if (at >= line.length) return line;
    }
  }
  return spacesFrom === null ? line : line.slice(0, spacesFrom);
}

function matchesName({ body, plainLength }: IgnorePattern, name: string): boolean {
  return plainLength === body.length ? body === name : wildmatch(body, name, { pathname: false });
}

function matchesPath(pattern: IgnorePattern, path: string): boolean {
  const isRooted = pattern.body.startsWith("/");
  const body = isRooted ? pattern.body.slice(1) : pattern.body;
  const plainLength = isRooted ? pattern.plainLength - 1 : pattern.plainLength;
  // The plain beginning is taken off first, as git does: it decides what counts as the beginning of `**`.
  if (body.slice(0, plainLength) !== path.slice(0, plainLength)) return false;
  if (body.length === plainLength) return path.length === plainLength;
  return wildmatch(body.slice(plainLength), path.slice(plainLength), { pathname: true });
}
