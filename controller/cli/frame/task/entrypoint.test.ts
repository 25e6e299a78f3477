// What the words after launch and exec are taken for.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveEntrypoint } from "./entrypoint.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stix-entrypoint-"));
  writeFileSync(join(folder, "task.yaml"), "run: echo hi\n");
  writeFileSync(join(folder, "two words.yaml"), "run: echo hi\n");
  writeFileSync(join(folder, "broken.yaml"), "run: [\n");
  writeFileSync(join(folder, "script.sh"), "#!/bin/sh\necho hi\n");
  writeFileSync(join(folder, "task-without-suffix"), "run: echo hi\n");
  writeFileSync(join(folder, "latin.yaml"), new Uint8Array([0x72, 0x75, 0x6e, 0x3a, 0x20, 0xe9, 0x0a]));
  writeFileSync(join(folder, "program"), new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0xe9, 0x0a]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function resolve(words: readonly string[], answer?: string) {
  const asked: string[] = [];
  const output = {
    write: (text: string) => void asked.push(text),
    writeBytes: () => Promise.resolve(),
    isTty: false,
    columns: 80,
    colour: false,
  };
  const context = {
    env: { HOME: folder },
    inputIsTty: answer !== undefined,
    readInput: () => Promise.resolve("run: from input\n"),
    readLine: () => Promise.resolve(answer),
    interrupted: new AbortController().signal,
    stderr: output,
    program: "stix",
  };
  return resolveEntrypoint(context, words);
}

describe("cli/entrypoint", () => {
  test("nothing is nothing", async () => {
    expect(await resolve([])).toBeUndefined();
  });

  test("a file that holds a mapping is a task, whatever its name", async () => {
    expect(await resolve([join(folder, "task.yaml")])).toMatchObject({ is: "file", text: "run: echo hi\n" });
    expect(await resolve([join(folder, "task-without-suffix")])).toMatchObject({ is: "file" });
    expect(await resolve(["~/task.yaml"])).toMatchObject({ is: "file", path: "~/task.yaml" });
  });

  test("words are joined before they are looked up", async () => {
    expect(await resolve([join(folder, "two"), "words.yaml"])).toMatchObject({ is: "file" });
  });

  test("a task file with more behind it is refused by name, not handed to a shell", async () => {
    const file = join(folder, "task.yaml");
    const refusal = async (words: readonly string[]) => {
      const error: unknown = await resolve(words).catch((thrown: unknown) => thrown);
      return error instanceof Error ? error.message : "";
    };

    expect(await refusal([file, join(folder, "broken.yaml")])).toContain("takes one task file, and 2 are named");
    expect(await refusal([file, "lr=3"])).toContain("'lr=3' behind it means nothing");
    expect(await resolve(["absent.yaml", "x"])).toMatchObject({ is: "command" });
  });

  test("a command may be longer than any path", async () => {
    const long = `python -c "${"x".repeat(70_000)}"`;

    expect(await resolve([long])).toEqual({ is: "command", command: long });
    expect(await resolve(["a\0b"])).toEqual({ is: "command", command: "a\0b" });
  });

  test("a script is a command, though it is a file", async () => {
    expect(await resolve([join(folder, "script.sh")])).toEqual({ is: "command", command: join(folder, "script.sh") });
  });

  test("a task file in another encoding is refused, and a program is a command", async () => {
    await expect(resolve([join(folder, "latin.yaml")])).rejects.toMatchObject({
      code: "bad-yaml",
      message: `${join(folder, "latin.yaml")}: the file is not in UTF-8`,
    });
    expect(await resolve([join(folder, "program")])).toMatchObject({ is: "command" });
  });

  test("a broken task file stays a task, so that its fault is shown", async () => {
    expect(await resolve([join(folder, "broken.yaml")])).toMatchObject({ is: "file", text: "run: [\n" });
  });

  test("- is the standard input, recipes:NAME a recipe, the rest a command", async () => {
    expect(await resolve(["-"])).toMatchObject({ is: "file", text: "run: from input\n" });
    expect(await resolve(["recipes:my-recipe"])).toEqual({ is: "recipe", name: "my-recipe" });
    expect(await resolve(["recipes:-bad"])).toMatchObject({ is: "command" });
    expect(await resolve(["python", "train.py", "--lr", "1"])).toEqual({
      is: "command",
      command: "python train.py --lr 1",
    });
  });

  test("a task file that is not there is an error, or a question on a terminal that Enter declines", async () => {
    await expect(resolve(["gone.yaml"])).rejects.toMatchObject({ code: "file-not-found" });
    await expect(resolve(["gone.yaml"], "")).rejects.toMatchObject({ message: "Aborted!" });
    expect(await resolve(["gone.yaml"], "y")).toEqual({ is: "command", command: "gone.yaml" });
  });
});
