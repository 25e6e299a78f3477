// The repository as a whole: what it may say, what it must carry, and why each package is there.
import { describe, expect, test } from "bun:test";
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { reasons } from "#scripts/dependencies.ts";
import { root } from "./source-files.ts";

const tracked = Bun.spawnSync(["git", "ls-files", "-z"], { cwd: root })
  .stdout.toString()
  .split("\0")
  .filter((path) => path !== "");
const binary = /\.(bin|gz|zst|png|jpg|ico|woff2?)$|^bun\.lock$/;

describe("house/repository", () => {
  test("every package has a reason, and every reason a package", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const packages = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)].sort();

    expect(Object.keys(reasons).sort()).toEqual(packages);
  });

  test("every package is pinned to one version", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const versions: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };

    expect(Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test("the project speaks of itself alone: no paths of one machine, no addresses of package registries, no private words", () => {
    // Spelled in pieces, so that this file does not find itself.
    const forbidden = new RegExp(
      [
        "/w" + "ork/(main|shared)",
        "/tmp/br" + "ief",
        "/opt/st" + "ix-tools",
        "registry\\.np" + "mjs",
        "proxy\\.gol" + "ang\\.org",
        "deb\\.deb" + "ian\\.org",
        "files\\.pyth" + "onhosted",
      ].join("|"),
    );
    const wrong = tracked.filter((path) => !binary.test(path)).filter((path) => forbidden.test(text(path)));

    expect(wrong).toEqual([]);
  });

  test("every script can be run", () => {
    const scripts = tracked.filter((path) => /^(scripts\/[^.]*|\.ci\/run)$/.test(path) && text(path).startsWith("#!"));
    const wrong = scripts.filter((path) => {
      try {
        accessSync(join(root, path), constants.X_OK);
        return false;
      } catch {
        return true;
      }
    });

    expect(scripts.length).toBeGreaterThan(3);
    expect(wrong).toEqual([]);
  });

  test("links between documents lead somewhere", () => {
    const documents = tracked.filter((path) => path.endsWith(".md"));
    const broken = documents.flatMap((path) =>
      [...text(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map((match) => match[1] ?? "")
        .filter(
          (link) =>
            !tracked.some(
              (file) =>
                file === join(path, "..", link) || file.startsWith(`${join(path, "..", link).replace(/\/$/, "")}/`),
            ),
        )
        .map((link) => `${path}: ${link}`),
    );

    expect(broken).toEqual([]);
  });
});

function text(path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    // Deleted but not committed yet: there is nothing to read.
    return "";
  }
}
