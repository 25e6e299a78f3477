// Slips that people make in YAML: what is said of them, where, and what to write.
import { describe, expect, test } from "bun:test";
import { readYaml } from "./document.ts";

function told(text: string): string[] {
  const file = readYaml(text);
  return file.ok
    ? []
    : file.faults.map(
        ({ line, column, message, hint }) => `${line}:${column} ${message}${hint === undefined ? "" : ` | ${hint}`}`,
      );
}

describe("yaml/explain", () => {
  test.each([
    ["run: [a", "1:8 a list begun with '[' has no ']' at its end | add ']'"],
    ["resources: {cpus: 4", "1:20 a mapping begun with '{' has no '}' at its end | add '}'"],
    [
      'run: "abc',
      '1:10 text that begins with " has no " at its end | add the "; a quote that belongs to the text goes inside other quotes',
    ],
    [
      "run: echo hi: there",
      "1:6 a second ': ' stands in this line | text with such a sign in it needs quotes: run: 'echo hi: there'",
    ],
    [
      "run: it's: x",
      "1:6 a second ': ' stands in this line | text with such a sign in it needs quotes: run: \"it's: x\"",
    ],
    [
      "run: a\n b: c",
      "1:6 'run' has a value in its own line and more below it | begin the line below in the same column as its neighbours, or take the value away",
    ],
    ["envs:\n\tA: b", "2:1 this line is indented with a tab | indent with spaces"],
    [
      "resources:\n  cpus: 4\n memory: 3",
      "3:1 this key is indented differently than the keys it stands with | begin it in the same column as they do",
    ],
    ["run:echo\nname: x", "1:1 a space is missing after the colon of 'run' | run: echo"],
    ["name: x\nrun", "2:1 a key with a colon behind it is expected here, found 'run' | run: value"],
    ["a: 1\n- b", "2:1 a list item stands where a key is expected | indent the list below its key"],
    [
      "- a\nb: 1",
      "2:1 'b' does not belong to the list above it | begin the line with '- ', or indent it below the item it belongs to",
    ],
    ["run: - a", "1:6 a list begins in the line of its key | put it on the next line, or write run: [a]"],
    ["run: @x", "1:6 a value cannot begin with @ | text with such a sign in it needs quotes: run: '@x'"],
    ["run: `date`", "1:6 a value cannot begin with ` | text with such a sign in it needs quotes: run: '`date`'"],
    ["run: *", "1:6 '*' alone is no value | text with such a sign in it needs quotes: run: \"*\""],
    ["run: *.py", "1:6 alias '*.py' has no anchor above it | text that begins with '*' needs quotes: \"*.py\""],
    ["run: !x", "1:8 tag '!x' cannot be read | text that begins with '!' needs quotes"],
    ["a: [1]]", "1:7 ']' has no '[' before it | remove it, or put the text in quotes"],
    ['a: "x" y', "1:8 'y' stands behind a value that has ended | put all of the text in one pair of quotes"],
    ["run: |2x\n  b", "1:8 text stands in the line of '|' or '>' | begin the text on the next line, indented"],
    ['a: "\\q"', "1:5 '\\q' means nothing between double quotes | write \\\\q, or use single quotes"],
    ["a: {b: 1 c: 2}", "1:8 a comma is missing between two entries in brackets | write {a: 1, b: 2}"],
  ])("%j", (text, first) => {
    expect(told(text)[0]).toBe(first);
  });

  test("one line has one fault, however many the parser sees in it", () => {
    const lines = told("a: 1\n- b\nrun: @x\n").map((fault) => fault.split(":")[0]);

    expect(lines).toEqual([...new Set(lines)]);
    expect(told("run: - a")).toHaveLength(1);
  });

  test("no words of the parser are left over thousands of slips", () => {
    const pieces = [
      "a: 1",
      "- b",
      "run: x: y",
      "\tc: d",
      "  e: f",
      "g",
      '"h',
      "[i",
      "{j: k",
      "l: }",
      "m: &n",
      "o: *p",
      "q: |",
      "r: @",
      "?",
      "--- s",
      "t: 'u' v",
      "%w",
      "x:y",
      "...",
    ];
    const jargon = /block-|flow-|scalar|implicit|token|in YAML stream|compact mapping|directive|indicator/;
    let seed = 7;
    const draw = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648);
    const left = new Set<string>();
    for (let round = 0; round < 2500; round += 1) {
      const text = Array.from({ length: 1 + (draw() % 4) }, () => pieces[(draw() >> 8) % pieces.length] ?? "").join(
        "\n",
      );
      for (const fault of told(text)) if (jargon.test(fault)) left.add(`${JSON.stringify(text)} ${fault}`);
    }

    expect([...left].slice(0, 8)).toEqual([]);
  });
});
