// Tests of writing files whole: what a reader sees while it goes well, and what is left when it does not.
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publishOnce, viaDraft, writeWhole, writeWholeSync } from "./whole-file.ts";

function aFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "stix-whole-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

describe("shared/os/whole-file", () => {
  test("the file is replaced with its mode, and nothing else is left beside it", async () => {
    using folder = aFolder();
    const path = join(folder.path, "facts.json");

    writeWholeSync(path, "first", { mode: 0o644 });
    await writeWhole(path, "second", { durable: true });

    expect(readFileSync(path, "utf8")).toBe("second");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path)).toEqual(["facts.json"]);
  });

  test("what cannot take the name leaves what was there and no draft", async () => {
    using folder = aFolder();
    const path = join(folder.path, "taken");
    mkdirSync(path);
    writeFileSync(join(path, "inside"), "kept");

    expect(() => writeWholeSync(path, "x")).toThrow();
    await expect(writeWhole(path, "x")).rejects.toThrow();
    await expect(viaDraft(join(folder.path, "other"), () => Promise.reject(new Error("no")))).rejects.toThrow("no");

    expect(readdirSync(folder.path)).toEqual(["taken"]);
    expect(readFileSync(join(path, "inside"), "utf8")).toBe("kept");
  });

  test("many writers at once leave one whole text", async () => {
    using folder = aFolder();
    const path = join(folder.path, "shared");
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));

    await Promise.all(texts.map((text) => writeWhole(path, text)));

    expect(texts).toContain(readFileSync(path, "utf8"));
    expect(readdirSync(folder.path)).toEqual(["shared"]);
  });

  test("what is published first stays", async () => {
    using folder = aFolder();
    const [first, second, path] = ["a", "b", "program"].map((name) => join(folder.path, name));
    for (const draft of [first, second]) {
      writeFileSync(draft ?? "", draft === first ? "first" : "second");
      chmodSync(draft ?? "", 0o755);
      await publishOnce(draft ?? "", path ?? "");
    }

    expect(readFileSync(path ?? "", "utf8")).toBe("first");
    expect(readdirSync(folder.path)).toEqual(["program"]);
  });
});
