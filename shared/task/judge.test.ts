// What a launch takes, with flags laid over the file, and where a fault is said to be.
import { describe, expect, test } from "bun:test";
import { judgeText } from "./judge.ts";

function faults(text: string, overrides?: Parameters<typeof judgeText>[1]): unknown[] {
  const judged = judgeText(text, overrides);
  return judged.ok
    ? []
    : judged.problems.map(({ line, column, message }) => [judged.from, line ?? null, column ?? null, message]);
}

describe("task/judge", () => {
  test("rules of a launch are told at their place in the file", () => {
    expect(faults('run: x\nname: "my task!"\n')).toEqual([["file", 2, 7, "'my task!' cannot name a task"]]);
    expect(faults("run: x\nfile_mounts:\n  /a/: /tmp\n")).toEqual([
      ["file", 3, 8, "file mount path '/a/' ends with a slash"],
    ]);
    expect(faults("name: p\n---\nrun: a\n---\nrun: b\nname: b c\n")).toEqual([
      ["file", 6, 7, "'b c' cannot name a task"],
    ]);
  });

  test("what flags replace is not judged, and what they bring is", () => {
    const text = 'run: x\nname: "my task!"\n';

    expect(faults(text, { overrides: { name: "good" } })).toEqual([]);
    expect(faults("run: x\nname: good\n", { overrides: { name: "a b" } })).toEqual([
      ["flags", null, null, "'a b' cannot name a task"],
    ]);
    expect(faults("run: x\n", { overrides: { cpus: "lots" } })).toEqual([
      ["flags", null, null, "--cpus: 'cpus' is neither a number nor '<number>+': 'lots'"],
    ]);
  });

  test.each(["", "# nothing\n", "---\n---\n", "{}\n", "null\n"])(
    "a file without anything in it is refused: %j",
    (text) => {
      expect(faults(text, { isWritten: true })).toEqual([["file", 1, 1, "the file is empty: it has no task"]]);
    },
  );

  test("a name alone is a task, and programs may send one with nothing in it", () => {
    expect(faults("name: x\n", { isWritten: true })).toEqual([]);
    expect(faults("{}\n")).toEqual([]);
  });

  test("it is strict unless told otherwise", () => {
    const text = "config: {aws: {use_ssm: true}}\nrun: x";

    expect(judgeText(text).ok).toBe(false);
    expect(judgeText(text, { strict: false }).ok).toBe(true);
  });
});
