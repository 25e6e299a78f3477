// What a launch takes, with flags laid over the file, and where a fault is said to be.
import { describe, expect, test } from "bun:test";
import { judgeText } from "./judge.ts";

function faults(text: string, overrides?: Parameters<typeof judgeText>[1]): unknown[] {
  const judged = judgeText(text, overrides);
  return judged.ok ? [] : judged.problems.map(({ line, column, message }) => [judged.from, line ?? null, column ?? null, message]);
}

describe("task/judge", () => {
  test("rules of a launch are told at their place in the file", () => {
    expect(faults('run: x\nname: "my task!"\n')).toEqual([["file", 2, 7, "'my task!' cannot name a task"]]);
    expect(faults("run: x\nfile_mounts:\n  /a/: /tmp\n")).toEqual([["file", 3, 8, "file mount path '/a/' ends with a slash"]]);
    expect(faults("name: p\n---\nrun: a\n---\nrun: b\nname: b c\n")).toEqual([["file", 6, 7, "'b c' cannot name a task"]]);
  });

  test("what flags replace is not judged, and what they bring is", () => {
    const text = 'run: x\nname: "my task!"\n';

    expect(faults(text, { overrides: { name: "good" } })).toEqual([]);
    expect(faults("run: x\nname: good\n", { overrides: { name: "a b" } })).toEqual([["flags", null, null, "'a b' cannot name a task"]]);
    expect(faults("run: x\n", { overrides: { cpus: "lots" } })).toEqual([["flags", null, null, "--cpus: 'cpus' is neither a number nor '<number>+': 'lots'"]]);
  });

  test("an empty file is a task with nothing to do, and a word about it", () => {
    const judged = judgeText("# nothing\n");

    expect(judged).toMatchObject({ ok: true, dag: { kind: "single", tasks: [{ numNodes: 1 }] }, warnings: [{ message: "the file is empty: a launch makes a cluster and runs nothing" }] });
  });

  test("it is strict unless told otherwise", () => {
    const text = "config: {aws: {use_ssm: true}}\nrun: x";

    expect(judgeText(text).ok).toBe(false);
    expect(judgeText(text, { strict: false }).ok).toBe(true);
  });
});
