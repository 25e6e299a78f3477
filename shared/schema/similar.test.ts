// Which word is suggested for a mistyped one; the pairs were taken from SkyPilot's answers.
import { describe, expect, test } from "bun:test";
import { sharedLetters, similarWord } from "./similar.ts";

const known = ["accelerators", "accelerator_args", "cpus", "job_recovery", "resources", "run", "setup", "envs", "file_mounts", "inputs"];

describe("schema/similar", () => {
  test.each([
    ["accelarators", "accelerators"],
    ["spot_recovery", "job_recovery"],
    ["cpu", "cpus"],
    ["resource", "resources"],
    ["setups", "setup"],
    ["env", "envs"],
    ["runs", "run"],
    ["file_mount", "file_mounts"],
    ["foo", undefined],
    ["acc", undefined],
    ["x".repeat(100_000), undefined],
  ])("%s", (word, expected) => {
    expect(similarWord(word, known)).toBe(expected as string);
  });

  test("a word shares all its letters with itself and none with another alphabet", () => {
    expect([sharedLetters("abc", "abc"), sharedLetters("abc", "xyz"), sharedLetters("", "")]).toEqual([1, 0, 1]);
  });
});
