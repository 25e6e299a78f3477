// Which files of a folder stay at home: by its .skyignore files when it has one, else by git's rules. Reading is passed in.
import { judgePath, parseIgnorePatterns, type Dialect, type IgnorePattern } from "./ignore-patterns.ts";

/** `path` is relative to the folder, with slashes. Of a folder that is ignored, nothing inside may be asked. */
export type Ignores = (path: string, isFolder: boolean) => boolean;

export interface IgnoreFiles {
  /** Text of a plain file (not through a link); null when there is none. */
  read(path: string): string | null;
  /** What is there, not through a link. */
  kind(path: string): "file" | "folder" | null;
}

export interface IgnoreOptions {
  /** Look for a git repository around the folder. Not for folders of others: what is around them is ours. */
  readonly lookAbove: boolean;
}

/** `folder` is absolute. Rules of folders below are read as they are asked for. */
export function readIgnores(folder: string, files: IgnoreFiles, options: IgnoreOptions): Ignores {
  const dialect: Dialect = files.kind(`${folder}/.skyignore`) === "file" ? "sky" : "git";
  const levels = levelReader(files, dialect, options);
  const above = dialect === "git" && options.lookAbove ? levelsAbove(folder, files, levels) : [];
  return (path, isFolder) => {
    if (isInsideGit(path) || (path === ".git" && dialect === "git")) return false;
    return judge([...levelsDownTo(folder, path, levels), ...above], { folder, path, isFolder });
  };
}

/** Rules of one file: they hold below `base`. */
interface Level {
  readonly base: string;
  readonly patterns: readonly IgnorePattern[];
}

/** SkyPilot sends a repository's own folder on purpose, and half of it would be of no use. */
function isInsideGit(path: string): boolean {
  return path.startsWith(".git/") || path.includes("/.git/");
}

/** The nearest level that says something decides. */
function judge(
  levels: readonly Level[],
  { folder, path, isFolder }: { readonly folder: string; readonly path: string; readonly isFolder: boolean },
): boolean {
  const whole = `${folder}/${path}`;
  for (const { base, patterns } of levels) {
    const verdict = judgePath(patterns, whole.slice(base.length + 1), isFolder);
    if (verdict !== null) return verdict;
  }
  return false;
}

/** Levels of one folder: its ignore file, and what its repository excludes besides, when it is the top of one. */
function levelReader(files: IgnoreFiles, dialect: Dialect, options: IgnoreOptions): (base: string) => readonly Level[] {
  const known = new Map<string, readonly Level[]>();
  return (base) => {
    const before = known.get(base);
    if (before !== undefined) return before;
    const own = files.read(`${base}/${dialect === "sky" ? ".skyignore" : ".gitignore"}`);
    const excluded = dialect === "sky" ? null : readExcluded(base, files, options);
    const found = [own, excluded].flatMap((text) =>
      text === null ? [] : [{ base, patterns: parseIgnorePatterns(text, dialect) }],
    );
    known.set(base, found);
    return found;
  };
}

/** Nearest first, from the folder that `path` is in up to `folder` itself. */
function levelsDownTo(folder: string, path: string, levels: (base: string) => readonly Level[]): Level[] {
  const parts = path.split("/").slice(0, -1);
  const bases = [folder, ...parts.map((_, index) => `${folder}/${parts.slice(0, index + 1).join("/")}`)];
  return bases.toReversed().flatMap((base) => [...levels(base)]);
}

/** Levels of the folders between `folder` and the top of its repository; none when it is in none, or when that ignores the whole folder. */
function levelsAbove(folder: string, files: IgnoreFiles, levels: (base: string) => readonly Level[]): Level[] {
  const parents = parentsOf(folder);
  const isTop = (base: string) => files.kind(`${base}/.git`) !== null;
  if (isTop(folder)) return [];
  const topAt = parents.findIndex(isTop);
  if (topAt === -1) return [];
  const inside = parents.slice(0, topAt + 1);
  const isIgnored = [folder, ...inside.slice(0, -1)].some((one, index) => {
    const above = inside.slice(index);
    const base = above[0] ?? "";
    return judge(
      above.flatMap((each) => [...levels(each)]),
      { folder: base, path: one.slice(base.length + 1), isFolder: true },
    );
  });
  return isIgnored ? [] : inside.flatMap((base) => [...levels(base)]);
}

/** Nearest first. The root of the file system is written "". */
function parentsOf(folder: string): string[] {
  const parts = folder.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
}

/** What `.git/info/exclude` of a repository's top says; null when `base` is none. In a work tree or submodule `.git` is a file that names the place. */
function readExcluded(base: string, files: IgnoreFiles, { lookAbove }: IgnoreOptions): string | null {
  const git = `${base}/.git`;
  const kind = files.kind(git);
  if (kind === "folder") return files.read(`${git}/info/exclude`);
  if (kind === null || !lookAbove) return null;
  const named = /^gitdir: (.*)$/m.exec(files.read(git) ?? "")?.[1];
  if (named === undefined) return null;
  const place = named.startsWith("/") ? named : `${base}/${named}`;
  const common = files.read(`${place}/commondir`)?.trim();
  if (common === undefined) return files.read(`${place}/info/exclude`);
  return files.read(`${common.startsWith("/") ? common : `${place}/${common}`}/info/exclude`);
}
