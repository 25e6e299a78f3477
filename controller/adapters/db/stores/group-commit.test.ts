// Writes that share a transaction: each ends as if it were alone.
import { describe, expect, test } from "bun:test";
import { groupCommit } from "./group-commit.ts";

describe("adapters/db/group-commit", () => {
  test("what comes together is written together, in order", async () => {
    const groups: number[][] = [];
    const write = groupCommit<number>(async (values) => void groups.push([...values]));

    await Promise.all([write(1), write(2), write(3)]);
    await write(4);

    expect(groups).toEqual([[1, 2, 3], [4]]);
  });

  test("one that cannot be written is refused alone", async () => {
    const written: number[] = [];
    const write = groupCommit<number>(async (values) => {
      if (values.includes(2)) throw new Error("two is taken");
      written.push(...values);
    });

    const outcomes = await Promise.allSettled([write(1), write(2), write(3)]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(written).toEqual([1, 3]);
  });

  test("a group is bounded, and what is over comes next", async () => {
    const sizes: number[] = [];
    const write = groupCommit<number>(async (values) => void sizes.push(values.length));

    await Promise.all(Array.from({ length: 600 }, (_, at) => write(at)));

    expect(sizes).toEqual([256, 256, 88]);
  });
});
