// Forms of statements, one by one. test/compat compares thousands of files with python-dotenv itself.
import { describe, expect, test } from "bun:test";
import { parseDotenv } from "./dotenv.ts";

function values(text: string): Record<string, string | null> {
  return Object.fromEntries([...parseDotenv(text, {}).entries].map(([name, { value }]) => [name, value]));
}

describe("cli/dotenv", () => {
  test("quotes, comments, export, escapes and values over several lines are understood", () => {
    const text = [
      "# a comment",
      "",
      "PLAIN=value # not part of it",
      "export EXPORTED=yes",
      "SPACED =  around ",
      'DOUBLE="a \\"b\\"\\nnext"',
      "SINGLE='raw \\n $X' # gone",
      'LONG="first',
      'second"',
      "EMPTY=",
      "HASH=a#b",
      "ALONE",
      "'QUOTED NAME'=x",
      "NOTHING= # comment",
      "SHARP=#value",
    ].join("\n");

    expect(values(text)).toEqual({
      PLAIN: "value",
      EXPORTED: "yes",
      SPACED: "around",
      DOUBLE: 'a "b"\nnext',
      SINGLE: "raw \\n $X",
      LONG: "first\nsecond",
      EMPTY: "",
      HASH: "a#b",
      ALONE: null,
      "QUOTED NAME": "x",
      NOTHING: "",
      SHARP: "#value",
    });
  });

  test("every kind of line end counts as one, and places are those of the names", () => {
    const { entries, skipped } = parseDotenv("\uFEFFA=1\r\n\r\nB='x\ry'\rC=\"\n", {});

    expect([...entries]).toEqual([
      ["A", { value: "1", line: 1 }],
      ["B", { value: "x\ny", line: 3 }],
    ]);
    expect(skipped).toEqual([5]);
  });

  test("names of what every object has are nothing special", () => {
    expect(values("A=${constructor}${toString:-x}\n__proto__=1\n")).toMatchObject({ A: "x" });
  });

  test("a file of many lines is read in time", () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `KEY${index}="value ${index}" # comment`).join("\n");
    const since = performance.now();

    expect(parseDotenv(lines, {}).entries.size).toBe(100_000);
    expect(performance.now() - since).toBeLessThan(5_000);
  });
});
