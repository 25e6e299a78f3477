// What text means, where things stand, and what is written back.
import { describe, expect, test } from "bun:test";
import { readYaml, type YamlDocument } from "./document.ts";
import { plainScalar } from "./plain-scalar.ts";
import { writeYaml } from "./write.ts";

function documents(text: string): readonly YamlDocument[] {
  const file = readYaml(text);
  if (!file.ok) throw new Error(file.faults[0]?.message);
  return file.documents;
}

function faults(text: string): string[] {
  const file = readYaml(text);
  return file.ok ? [] : file.faults.map((fault) => `${fault.line}:${fault.column} ${fault.class}`);
}

describe("yaml/document", () => {
  test("plain words mean what YAML 1.1 says", () => {
    const kinds = [
      "yes",
      "on",
      "y",
      "1:30",
      "017",
      "0o17",
      "1e3",
      "1.0e+3",
      "0x1F",
      "~",
      "2020-01-01",
      "08",
      ".5",
      "1_000",
    ].map((word) => plainScalar(word).text);

    expect(kinds).toEqual([
      "True",
      "True",
      "y",
      "90",
      "15",
      "0o17",
      "1e3",
      "1000.0",
      "31",
      "None",
      "2020-01-01",
      "08",
      "0.5",
      "1000",
    ]);
  });

  test("a number keeps the text Python would give it", () => {
    const [document] = documents("a: 1.50\nb: 12345678901234567890\nc: 1.0e+16\n");

    expect(["a", "b", "c"].map((key) => document?.textOf([key]))).toEqual(["1.5", "12345678901234567890", "1e+16"]);
  });

  test("a key given twice is refused with both lines, however it is quoted", () => {
    const file = readYaml('run: a\nname: b\n"run": c\n');

    expect(file).toEqual({
      ok: false,
      faults: [
        {
          class: "ValueError",
          line: 3,
          column: 1,
          message: "key 'run' stands at line 3 and already at line 1",
          hint: "remove one of the two",
        },
      ],
    });
  });

  test("anchors and merges give the values they name, own keys winning", () => {
    const [document] = documents("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\n");

    expect(document?.value).toEqual({ base: { x: 1, y: 2 }, use: { x: 1, y: 3 } });
  });

  test("places are of keys, of values, and of the nearest parent of a path that is not there", () => {
    const [document] = documents("a:\n  b:\n    - c: 1\n");

    expect(document?.placeOf(["a", "b", 0, "c"], "key")).toEqual({ line: 3, column: 7 });
    expect(document?.placeOf(["a", "b", 0, "c"], "value")).toEqual({ line: 3, column: 10 });
    expect(document?.placeOf(["a", "b", 7], "value")).toEqual({ line: 3, column: 5 });
  });

  test("what is no YAML is a fault with its place and PyYAML's class", () => {
    expect(faults("run: [a")).toEqual(["1:8 ScannerError"]);
    expect(faults("run: *x")).toEqual(["1:6 ComposerError"]);
    expect(faults("a: &a [*a]")).toEqual(["1:8 ComposerError"]);
    expect(faults("run: !foo x")).toEqual(["1:11 ConstructorError"]);
    expect(faults("run: 2020-13-45")).toEqual(["1:6 ValueError"]);
    expect(faults("%run: a\n")).toEqual(["1:1 ScannerError"]);
    expect(faults("{a: {: b}}")).toEqual(["1:6 ParserError"]);
  });

  test("what is written reads back as the same text", () => {
    const tricky = {
      a: "yes",
      b: "1:30",
      c: "",
      d: " x",
      e: "a: b",
      f: "#x",
      g: "line\nline\n",
      h: "1e3",
      i: "2020-01-01",
      j: "=",
      k: "\ttab",
      l: "é",
      m: "a\n\nb",
      n: "- x",
      o: "null",
      p: "q\"u'o",
    };

    expect(documents(writeYaml(tricky))[0]?.value).toEqual(tricky);
  });
});
