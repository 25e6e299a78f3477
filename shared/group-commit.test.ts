// Writes that share a transaction: each ends as if it were alone.
import { describe, expect, test } from "bun:test";
import { groupCommit } from "./group-commit.ts";

describe("shared/group-commit", () => {
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

  test("each gets what was said of it, and one too many is refused", async () => {
    const write = groupCommit<number, string>(async (values) => values.map((value) => `wrote ${value}`), {
      waitingMax: 2,
    });

    const outcomes = await Promise.allSettled([write(1), write(2), write(3)]);

    expect(outcomes.map((one) => (one.status === "fulfilled" ? one.value : "refused"))).toEqual([
      "wrote 1",
      "wrote 2",
      "refused",
    ]);
  });

  test("after a transaction the next one waits for company, after a pause it does not", async () => {
    let now = 0;
    const planned: { readonly ms: number; readonly work: () => void }[] = [];
    const time = {
      monotonic: () => now,
      soon: (work: () => void) => void planned.push({ ms: 0, work }),
      after: (ms: number, work: () => void) => (planned.push({ ms, work }), () => {}),
    };
    const write = groupCommit<number>(async () => {}, { time, companyMs: 4 });
    const waits: number[] = [];
    for (const at of [0, 1, 100]) {
      now = at;
      const written = write(at);
      const next = planned.pop();
      waits.push(next?.ms ?? -1);
      next?.work();
      await written;
    }

    expect(waits).toEqual([0, 4, 0]);
  });
});
