// States are spelled in their tables alone: everybody else calls them by name.
import { describe, expect, test } from "bun:test";
import { lifecycles } from "#shared/lifecycle/tables.ts";
import { exceptions } from "./exceptions.ts";
import { sourceFiles } from "./source-files.ts";

const states = [...new Set(lifecycles.flatMap((life) => life.order))];
const loud = states.filter((name) => /^[A-Z_]+$/.test(name));
/** Said of clouds' machines too, whose states are the clouds' own: not to be told apart by a look at the text. */
const alsoOfMachines = new Set(["running"]);
const quiet = states.filter((name) => !loud.includes(name) && !alsoOfMachines.has(name));

/** A whole text, in any quotes; inside SQL as well. */
const loudText = new RegExp(`(["'\`])(?:${loud.join("|")})\\1`);
/** Everyday words: only where a state or stage is named beside them. */
const quietText = new RegExp(
  `\\b(?:state|stage)\\s*(?:[!=]==|=|:)\\s*(?:"[a-z]+"\\s*\\|\\s*)*"(?:${quiet.join("|")})"`,
);

function spelled(code: string): string[] {
  return code.split("\n").filter((line) => loudText.test(line) || quietText.test(line));
}

describe("house/states", () => {
  test("a planted word is found", () => {
    const planted = [
      'if (cluster.state === "UP") return;',
      "sql`state = 'WAITING'`",
      'const left = ["PENDING"];',
      'if (attempt.state !== "removed") return;',
      'readonly state: "intended" | "made";',
      'job.stage = "aborting";',
    ];
    expect(spelled(planted.join("\n"))).toEqual(planted);
    const fine = [
      'log.line("the cluster is UP");',
      'return { kind: "failed" };',
      'if (machine.state === "running") {}',
    ];
    expect(spelled(fine.join("\n"))).toEqual([]);
  });

  test("nobody but the tables spells a state", () => {
    const found = sourceFiles()
      .filter((file) => /^(shared|catalog|controller|skylet|scripts)\//.test(file.path))
      .filter((file) => !/^shared\/lifecycle\/|\.test\.ts$|\.gen\.ts$/.test(file.path))
      .flatMap((file) => spelled(file.code).map((line) => `${file.path}: ${line.trim()}`));
    const allowed = exceptions.states.map((each) => each.breach);
    const pathOf = (line: string) => line.split(": ")[0] ?? "";

    expect(found.filter((line) => !allowed.includes(pathOf(line)))).toEqual([]);
    expect(allowed.filter((path) => !found.some((line) => pathOf(line) === path))).toEqual([]);
  });
});
