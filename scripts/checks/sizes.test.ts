// Tests of the list of what is larger than aimed: it may shrink and not grow.
import { describe, expect, test } from "bun:test";
import { compareSizes, shrunk, sizesFrom } from "./sizes.ts";

const report = {
  diagnostics: [
    {
      code: "eslint(complexity)",
      filename: "a.ts",
      message: "function `f` has a complexity of 17. Maximum allowed is 15.",
    },
    {
      code: "eslint(complexity)",
      filename: "a.ts",
      message: "function `g` has a complexity of 21. Maximum allowed is 15.",
    },
    { code: "eslint(max-lines)", filename: "b.ts", message: "File has too many lines (301)." },
  ],
};

describe("scripts/checks/sizes", () => {
  test("the largest of a file counts", () => {
    expect(sizesFrom(report)).toEqual({ complexity: { "a.ts": 21 }, "max-lines": { "b.ts": 301 } });
  });

  test("what is not listed, what grew, what shrank and what is gone are all said", () => {
    const found = { complexity: { "new.ts": 16, "grew.ts": 20, "shrank.ts": 17, "same.ts": 18 } };
    const listed = { complexity: { "grew.ts": 19, "shrank.ts": 18, "same.ts": 18, "gone.ts": 30 } };

    expect(compareSizes(found, listed)).toEqual({
      larger: ["new.ts: complexity 16", "grew.ts: complexity 20, and it was 19"],
      stale: ["shrank.ts: complexity 17, and 18 is listed", "gone.ts: complexity is as aimed, and 30 is listed"],
    });
    expect(shrunk(found, listed)).toEqual({ complexity: { "grew.ts": 19, "shrank.ts": 17, "same.ts": 18 } });
  });
});
