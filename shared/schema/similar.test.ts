// Which word is suggested for a mistyped one; the pairs were taken from SkyPilot's answers.
import { describe, expect, test } from "bun:test";
import { namesHint, nearestNames, sharedLetters, similarWord } from "./similar.ts";

const known = [
  "accelerators",
  "accelerator_args",
  "cpus",
  "job_recovery",
  "resources",
  "run",
  "setup",
  "envs",
  "file_mounts",
  "inputs",
];

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

  test("the likest names come first, and one that only looks alike comes alone", () => {
    expect(nearestNames("H1OO", ["A100", "H100", "H100-SXM", "GH200"])).toEqual(["H100"]);
    expect(nearestNames("awss", ["azure", "aws", "gcp"])).toEqual(["aws"]);
    expect(nearestNames("us-eest-1", ["us-east-1", "us-west-1", "ap-south-1"])).toEqual(["us-east-1", "us-west-1"]);
    expect(nearestNames("FOO", ["A100", "T4"])).toEqual([]);
    expect(nearestNames("x".repeat(5000), ["x".repeat(5000)])).toEqual([]);
  });

  test("a hint lists a few names where none is like the written one", () => {
    const zones = Array.from({ length: 80 }, (_, at) => `zone-${at}`);

    expect(namesHint("qqq", zones, "zones of X")).toBe(
      "zones of X: zone-0, zone-1, zone-10, zone-11, zone-12, zone-13, zone-14, zone-15 and 72 more",
    );
    expect(namesHint("zome-7", zones, "zones of X")).toStartWith("did you mean zone-7");
  });
});
