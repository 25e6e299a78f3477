// The parser's rules, one by one, as Click has them.
import { describe, expect, test } from "bun:test";
import { isStixError, type StixError } from "#shared/errors/stix-error.ts";
import { defineCommand, integerWords, requiredWord, word, words } from "../define-command.ts";
import {
  choiceList,
  choiceOr,
  env,
  flag,
  folder,
  integer,
  integerOrNone,
  number,
  openFlag,
  text,
  texts,
} from "../define-option.ts";
import { parseArguments, type Parsed } from "./parse-arguments.ts";

const command = defineCommand({
  path: "try",
  summary: "Try",
  args: { cluster: word("CLUSTER"), rest: words("REST") },
  options: {
    name: text("--name -n", "Name"),
    config: texts("--config", "Config"),
    yes: flag("--yes -y", "Yes"),
    detach: flag("--detach-run -d / -no-d", "Detach"),
    spot: openFlag("--use-spot / --no-use-spot", "Spot"),
    count: integer("--count -c", "Count"),
    limit: integerOrNone("--limit -l", 50, "Limit"),
    hook: text("--hook", "Hook", { bare: "" }),
    watch: number("--watch", "Watch", { bare: "2" }),
    states: choiceList("-s --status", ["PENDING", "RUNNING"], "__bare__", "States"),
    output: choiceOr("--output -o", ["table", "json"], "table", "Output"),
    variables: env("--env", "Env"),
    workdir: folder("--workdir", "Workdir"),
  },
  run: () => Promise.resolve(0),
});

const facts = { env: { HERE: "from outside" }, isFolder: (path: string) => path === "there", isFile: () => false };

function parse(...given: string[]): Extract<Parsed, { wants: "run" }> {
  const parsed = parseArguments(command, given, facts);
  if (parsed.wants !== "run") throw new Error("wants help");
  return parsed;
}

function refusal(...given: string[]): StixError {
  try {
    parseArguments(command, given, facts);
  } catch (error) {
    if (isStixError(error)) return error;
  }
  throw new Error("was not refused");
}

describe("cli/parse/parse-arguments", () => {
  test("options stand anywhere among the arguments", () => {
    const { args, options } = parse("train", "-y", "python", "--name", "x", "a.py");

    expect(args).toEqual({ cluster: "train", rest: ["python", "a.py"] });
    expect(options).toMatchObject({ yes: true, name: "x" });
  });

  test("after -- everything is an argument", () => {
    expect(parse("train", "--", "-y", "--name").args).toEqual({ cluster: "train", rest: ["-y", "--name"] });
  });

  test("a lone - is an argument", () => {
    expect(parse("-").args["cluster"]).toBe("-");
  });

  test("long options take their value after = or as the next word, also one that looks like an option", () => {
    expect(parse("--name=a=b").options["name"]).toBe("a=b");
    expect(parse("--name", "--yes").options["name"]).toBe("--yes");
    expect(parse("--name=").options["name"]).toBe("");
  });

  test("short options take what is glued to them, the equals sign too", () => {
    expect(parse("-nx").options["name"]).toBe("x");
    expect(parse("-n=x").options["name"]).toBe("=x");
    expect(parse("-c3").options["count"]).toBe(3);
  });

  test("short flags may be glued together, the last with a value", () => {
    expect(parse("-ydn", "x").options).toMatchObject({ yes: true, detach: true, name: "x" });
  });

  test("a long spelling with one dash is known before its letters", () => {
    expect(parse("-d", "-no-d").options["detach"]).toBe(false);
  });

  test("of a pair of flags the last wins, and none leaves it open", () => {
    expect(parse("--use-spot", "--no-use-spot").options["spot"]).toBe(false);
    expect(parse().options["spot"]).toBeUndefined();
  });

  test("the last of a repeated option wins, a repeatable one collects", () => {
    expect(parse("-n", "a", "-n", "b").options["name"]).toBe("b");
    expect(parse("--config", "a=1", "--config", "b=2").options["config"]).toEqual(["a=1", "b=2"]);
  });

  test("an option with an optional value leaves the next option alone and takes the next word", () => {
    expect(parse("--hook").options["hook"]).toBe("");
    expect(parse("--hook", "-y").options).toMatchObject({ hook: "", yes: true });
    expect(parse("--hook", "stop").options["hook"]).toBe("stop");
    expect(parse("-s").options["states"]).toEqual(["__bare__"]);
    expect(parse("-s", "pending,RUNNING", "-s", "running").options["states"]).toEqual([
      "PENDING",
      "RUNNING",
      "RUNNING",
    ]);
  });

  test("of a number that may be left out only a number is the value", () => {
    expect(parse("--watch").options["watch"]).toBe(2);
    expect(parse("--watch", "0.5", "train")).toMatchObject({ options: { watch: 0.5 }, args: { cluster: "train" } });
    expect(parse("--watch", "train")).toMatchObject({ options: { watch: 2 }, args: { cluster: "train" } });
    expect(refusal("--watch=soon").message).toContain("'soon' is not a number");
  });

  test("numbers are read as Python reads them", () => {
    expect(parse("-c", "1_000").options["count"]).toBe(1000);
    expect(parse("-c", "-5").options["count"]).toBe(-5);
    expect(parse("-l", "None").options["limit"]).toBeUndefined();
    expect(refusal("-c", "1.5").message).toContain("'1.5' is not a whole number");
  });

  test("choices are taken in any case, and a near one is offered", () => {
    expect(parse("-o", "JSON").options["output"]).toBe("json");
    expect(refusal("-o", "jsn").hint).toContain("'json'");
  });

  test("variables come with a value or from the environment, split at the first equals sign", () => {
    expect(parse("--env", "A=b=c", "--env", "HERE").options["variables"]).toEqual([
      ["A", "b=c"],
      ["HERE", "from outside"],
    ]);
    expect(refusal("--env", "ABSENT").message).toContain("'ABSENT' is not set");
    expect(refusal("--env", "=x").message).toContain("not a name");
  });

  test("a folder must be there", () => {
    expect(parse("--workdir", "there").options["workdir"]).toBe("there");
    expect(refusal("--workdir", "gone").message).toContain("'gone' does not exist");
  });

  test("what is wrong is said with exit status 2", () => {
    expect(refusal("--nmae", "x")).toMatchObject({ exitStatus: 2, hint: "did you mean '--name'?" });
    expect(refusal("--yes=1").message).toContain("does not take a value");
    expect(refusal("--name").message).toContain("needs a value");
    expect(refusal("-yz").message).toContain("'-z'");
    expect(refusal("-c", "x").exitStatus).toBe(2);
  });

  test("help wins over bad values, but not over unknown options", () => {
    expect(parseArguments(command, ["-c", "x", "-h"], facts).wants).toBe("help");
    expect(refusal("--nmae", "-h").exitStatus).toBe(2);
  });

  test("missing and surplus arguments are named", () => {
    const strict = { path: ["one"], args: { one: requiredWord("ONE") }, options: {} };
    const numbers = { path: ["ids"], args: { ids: integerWords("IDS") }, options: {} };

    expect(() => parseArguments(strict, [], facts)).toThrow("argument ONE is missing");
    expect(() => parseArguments(strict, ["a", "b"], facts)).toThrow("unexpected argument 'b'");
    expect(() => parseArguments(numbers, ["1", "b"], facts)).toThrow("'b' is not a whole number");
  });
});
