// One cloud, one folder: what is known of a cloud stands in its manifest, and elsewhere only in what is made from it.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { cloudFiles } from "#scripts/clouds/cloud-files.ts";
import { readManifests } from "#scripts/clouds/manifests.ts";
import { sectionFile } from "#scripts/clouds/section-file.ts";
import { exceptions } from "./exceptions.ts";
import { root, sourceFiles } from "./source-files.ts";

const { manifests, faults } = await readManifests(join(root, "controller/providers"));

/** Ids that are also words of their own: a protocol, a verb, this machine. A search for them says nothing. */
const ORDINARY_WORDS = new Set(["ssh", "do", "local"]);

/** Proofs and what is made from manifests may name clouds; scripts measure and describe, and are in neither executable. */
const OUTSIDE = /\.gen\.ts$|\.test\.ts$|^test\/|^scripts\/|^catalog\/data\/|^controller\/providers\/[^/]+\//;

/** Files that name a cloud outside of its folder, as "path: id". */
function namings(files: readonly { readonly path: string; readonly code: string }[]): string[] {
  const ids = manifests.map(({ id }) => id).filter((id) => !ORDINARY_WORDS.has(id));
  const word = new RegExp(`(?<![\\w.-])(${ids.join("|")})(?![\\w-])`, "g");
  return files
    .filter(({ path }) => !OUTSIDE.test(path))
    .flatMap(({ path, code }) => [...new Set([...code.matchAll(word)].map((match) => `${path}: ${match[1]}`))]);
}

describe("house/clouds", () => {
  test("manifests are whole, and every folder of a cloud has one", () => {
    expect(faults).toEqual([]);
    expect(manifests.length).toBeGreaterThan(25);
    const ranks = manifests.flatMap(({ rank }) => rank ?? []);
    expect(new Set(ranks).size).toBe(ranks.length);
  });

  test("what is made from the manifests is what they say now", async () => {
    const sections = sectionFile(join(root, "controller/providers"), manifests);
    expect(sections.faults).toEqual([]);
    for (const { path, text } of [...cloudFiles(manifests), sections.file])
      expect(await Bun.file(join(root, path)).text(), `${path}: scripts/gen writes it anew`).toBe(text);
  });

  test("a planted name is found", () => {
    const planted = { path: "shared/planted.ts", code: 'if (cloud === "gcp") return "awsome";' };

    expect(namings([planted])).toEqual(["shared/planted.ts: gcp"]);
  });

  test("no cloud is named outside its folder, save where a reason is given", () => {
    const found = namings(sourceFiles());
    const allowed = exceptions.clouds.map(({ breach }) => breach);

    expect(found.filter((each) => !allowed.includes(each))).toEqual([]);
    expect(allowed.filter((each) => !found.includes(each))).toEqual([]);
  });
});
