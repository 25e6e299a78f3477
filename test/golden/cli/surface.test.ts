// The commands, arguments and options of SkyPilot 0.14.1, as facts, beside ours: no difference, or one that is listed with its reason.
import { describe, expect, test } from "bun:test";
import { groupAliases } from "#controller/cli/command-tree.ts";
import { commandFacts, programFacts, type CommandFacts, type OptionFacts } from "#controller/cli/frame/help/metadata.ts";
import { rootOptions } from "#controller/cli/frame/root.ts";
import surface from "./surface.json";

interface Shape {
  readonly hidden?: boolean;
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** What we do otherwise, and why. */
const differences: Readonly<Record<string, string>> = {
  "ssh up --async: default": "theirs is unset, ours is false: both mean that the command waits",
  "ssh down --async: default": "theirs is unset, ours is false: both mean that the command waits",
  "debug-dump --async: default": "theirs is unset, ours is false: both mean that the command waits",
  " --version -v: default": "theirs is unset, ours is false",
  " --commit -c: default": "theirs is unset, ours is false",
};

/** Words of ours that SkyPilot has not, each in one place: here. */
const oursAlone = {
  commands: ["api get", "catalog update", "completion", "doctor", "doctor adopt", "doctor leaks", "events", "events credentials", "events monitors", "events revoke", "explain", "help", "offer", "task schema", "task validate", "top"],
  options: {
    "api stop": ["--force"],
    "api logs": ["-f"],
    autostop: ["--output -o", "--strict"],
    cancel: ["--output -o"],
    down: ["--output -o", "--strict"],
    exec: ["--output -o"],
    logs: ["--output -o", "-f"],
    start: ["--output -o", "--strict"],
    stop: ["--output -o", "--strict"],
    launch: ["--assume-enabled", "--max-cost", "--output -o"],
    queue: ["--strict", "--watch"],
    status: ["--watch"],
    "storage ls": ["--output -o"],
    "jobs pool status": ["--output -o"],
    "serve status": ["--output -o"],
  } as Readonly<Record<string, readonly string[]>>,
};

const { commands } = await programFacts();

describe("the surface of the command line", () => {
  const theirs: Readonly<Record<string, Shape>> = surface;
  const byPath = new Map([...commands, { ...commandFacts(rootOptions), path: "" }].map((command) => [command.path, command]));

  test("every command of SkyPilot is there, under its aliases too", () => {
    const missing = Object.keys(theirs).filter((path) => !byPath.has(aliased(path)));

    expect(missing).toEqual([]);
  });

  for (const [path, shape] of Object.entries(theirs)) {
    test(`'${path}' takes the same arguments and options`, () => {
      const command = byPath.get(aliased(path));

      expect(command).toBeDefined();
      if (command !== undefined) expect<Shape>(withListed(path, shapeOf(command, shape))).toEqual(withListed(path, shape));
    });
  }

  test("what is ours alone is listed here and nowhere else", () => {
    const ours = commands.filter((command) => command.ours).map((command) => command.path);
    const options = commands
      .filter((command) => !command.ours)
      .map((command) => [command.path, command.options.filter((option) => option.ours).map(spelling).sort()] as const)
      .filter(([, spellings]) => spellings.length > 0);

    expect(ours.sort()).toEqual([...oursAlone.commands].sort());
    expect<unknown>(Object.fromEntries(options)).toEqual(oursAlone.options);
  });

  test("every option has a help text, and every visible command an example", () => {
    const mute = commands.flatMap((command) => command.options.filter((option) => option.help === "").map((option) => `${command.path} ${spelling(option)}`));
    const bare = commands.filter((command) => !command.hidden && command.deprecated === null && command.examples.length === 0).map((command) => command.path);

    expect(mute).toEqual([]);
    expect(bare).toEqual(["dashboard"]);
  });
});

function aliased(path: string): string {
  const [first = "", ...rest] = path.split(" ");
  return [groupAliases[first] ?? first, ...rest].join(" ");
}

/** Ours in their form, without what is ours alone. */
function shapeOf(command: CommandFacts, like: Shape): Shape {
  return {
    ...(like.hidden !== undefined || command.hidden ? { hidden: command.hidden } : {}),
    arguments: command.arguments.map((argument) => {
      const text = `${argument.name.toUpperCase()}${argument.many ? "..." : ""}: ${argument.type === "integer" ? "int" : "str"}`;
      return argument.required ? text : `[${text}]`;
    }),
    options: Object.fromEntries(command.options.filter((option) => !option.ours).map((option) => [spelling(option), optionText(option)])),
  };
}

function spelling(option: OptionFacts): string {
  const flags = [...option.flags].sort((left, right) => right.length - left.length || (left < right ? -1 : 1)).join(" ");
  return option.negations.length === 0 ? flags : `${flags} / ${option.negations.join(" ")}`;
}

function optionText(option: OptionFacts): string {
  const parts = [option.type];
  if (option.default !== null) parts.push(` = ${JSON.stringify(option.default)}`);
  if (option.multiple) parts.push(", repeatable");
  if (option.hidden) parts.push(", hidden");
  if (option.optional_value !== null) parts.push(`, alone ${JSON.stringify(option.optional_value)}`);
  return parts.join("");
}

/** A listed difference in a default is taken out on both sides. */
function withListed(path: string, shape: Shape): Shape {
  const options = Object.entries(shape.options).map(([flags, text]) => [flags, `${path} ${flags}: default` in differences ? text.replace(/ = [^,]+/, "") : text]);
  return { ...shape, options: Object.fromEntries(options) };
}
