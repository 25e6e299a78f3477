// Which files of a folder are not sent: by .skyignore when there is one, else by .gitignore. Never .git itself.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `path` is relative to the folder. */
export type Ignores = (path: string, isFolder: boolean) => boolean;

interface Rule {
  readonly matches: (path: string) => boolean;
  readonly negated: boolean;
  readonly foldersOnly: boolean;
}

export function readIgnored(folder: string): Ignores {
  const file = [".skyignore", ".gitignore"].map((name) => join(folder, name)).find((path) => existsSync(path));
  return parseIgnored(file === undefined ? "" : readFileSync(file, "utf8"));
}

/** Lines as in .gitignore: the last that matches wins. */
export function parseIgnored(text: string): Ignores {
  const rules = text.split(/\r?\n/).flatMap(parseRule);
  return (path, isFolder) => {
    if (path === ".git") return true;
    let ignored = false;
    for (const rule of rules) {
      if ((isFolder || !rule.foldersOnly) && rule.matches(path)) ignored = !rule.negated;
    }
    return ignored;
  };
}

function parseRule(line: string): Rule[] {
  const trimmed = line.replace(/(?<!\\)\s+$/, "");
  if (trimmed === "" || trimmed.startsWith("#")) return [];
  const negated = trimmed.startsWith("!");
  const pattern = negated ? trimmed.slice(1) : trimmed;
  const foldersOnly = pattern.endsWith("/");
  const body = pattern.replace(/\/$/, "");
  const anchored = body.includes("/");
  const glob = new Bun.Glob(anchored ? body.replace(/^\.?\//, "") : `**/${body}`);
  return [{ negated, foldersOnly, matches: (path) => glob.match(path) || (!anchored && glob.match(`x/${path}`)) }];
}
