// Archives of local files: their names follow from their content, and ignored files stay at home.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { packFiles } from "./archive.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stix-archive-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), content);
}

describe("cli/files/archive", () => {
  test("the same files have the same id and bytes, whenever they were written; another byte changes it", () => {
    put("w/a.py", "print(1)\n");
    put("w/sub/b.txt", "b");
    const first = packFiles([join(folder, "w")]);
    put("w/a.py", "print(1)\n");
    const again = packFiles([join(folder, "w")]);
    put("w/a.py", "print(2)\n");
    const other = packFiles([join(folder, "w")]);

    expect(first.blobId).toMatch(/^[0-9a-f]{64}$/);
    expect(again).toEqual(first);
    expect(other.blobId).not.toBe(first.blobId);
  });

  test("names are absolute paths without the first slash, folders first, links kept as links", () => {
    put("w/run.sh", "echo\n");
    chmodSync(join(folder, "w/run.sh"), 0o755);
    mkdirSync(join(folder, "w/empty"));
    symlinkSync("run.sh", join(folder, "w/link"));

    const { zip, files } = packFiles([join(folder, "w")]);
    const inside = unzipSync(zip);

    const root = folder.slice(1);
    expect(Object.keys(inside)).toEqual([`${root}/w/`, `${root}/w/empty/`, `${root}/w/link`, `${root}/w/run.sh`]);
    expect(new TextDecoder().decode(inside[`${root}/w/link`])).toBe("run.sh");
    expect(files).toBe(2);
  });

  test("what .skyignore names is left out, .gitignore counts only without one, and a repository's own folder is sent", () => {
    for (const path of ["w/keep.txt", "w/data/big.bin", "w/x.log", "w/.git/config", "w/.git/x.log"]) put(path, path);
    put("w/.gitignore", "keep.txt\n*.log\n");
    const byGit = Object.keys(unzipSync(packFiles([join(folder, "w")]).zip));
    put("w/.skyignore", "data/\n");
    const bySky = Object.keys(unzipSync(packFiles([join(folder, "w")]).zip));

    const short = (names: string[]) =>
      names
        .map((name) => name.slice(folder.length + 2))
        .filter((name) => name !== "" && !name.endsWith("/") && !name.endsWith("ignore"));
    expect(short(byGit)).toEqual([".git/config", ".git/x.log", "data/big.bin"]);
    expect(short(bySky)).toEqual([".git/config", ".git/x.log", "keep.txt", "x.log"]);
  });

  test("a path that is not there is named", () => {
    expect(() => packFiles([join(folder, "gone")])).toThrow("gone' does not exist");
  });
});
