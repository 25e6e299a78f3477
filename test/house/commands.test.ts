// The command line's house: every command has one address, and all that only it needs lies there.
import { describe, expect, test } from "bun:test";
import { leaves } from "#controller/cli/command-tree.ts";
import { sourceFiles } from "./source-files.ts";

const cli = sourceFiles().filter((file) => file.path.startsWith("controller/cli/"));
const commands = cli.filter((file) => file.path.startsWith(below("")) && !file.path.includes(".test."));
const tree = cli.find((file) => file.path === "controller/cli/command-tree.ts");

function below(path: string): string {
  return `controller/cli/commands/${path}`;
}

/** "cluster/launch": what the tree loads for each command, in its order. */
const addresses = (tree?.imports ?? []).flatMap(({ target }) => {
  const found = /^controller\/cli\/commands\/([a-z-]+\/[a-z-]+)(?:\.ts|\/command\.ts)$/.exec(target ?? "");
  return found?.[1] ?? [];
});

/** The verb a file belongs to; "cluster/shared" for what several verbs of a group need. */
function homeOf(path: string): string {
  return /^controller\/cli\/commands\/([a-z-]+\/[a-z-]+)/.exec(path)?.[1] ?? "";
}

describe("house/commands", () => {
  test("nothing lies loose: the entry, the tree, and three rooms", () => {
    const tops = new Set(cli.map((file) => file.path.split("/")[2]));

    expect(tops).toEqual(new Set(["command-tree.ts", "commands", "frame", "main.ts", "print"]));
  });

  test("each command of the tree has one address, under its verb", () => {
    expect(addresses).toHaveLength(leaves.length);
    expect(new Set(addresses).size).toBe(leaves.length);
    expect(addresses.map((address) => address.split("/")[1])).toEqual(
      leaves.map((leaf) => leaf.path.split(" ").at(-1) ?? ""),
    );
  });

  test("every file belongs to a command, or to several of one group", () => {
    const homes = new Set([...addresses, ...addresses.map((address) => `${address.split("/")[0]}/shared`)]);

    expect(commands.map((file) => file.path).filter((path) => !homes.has(homeOf(path)))).toEqual([]);
  });

  test("a command takes nothing from another one's folder", () => {
    const wrong = commands.flatMap((file) =>
      file.imports.flatMap(({ target }) => {
        if (target?.startsWith(below("")) !== true || homeOf(target).endsWith("/shared")) return [];
        return homeOf(target) === homeOf(file.path) ? [] : `${file.path} imports ${target}`;
      }),
    );

    expect(wrong).toEqual([]);
  });

  test("frame and print know no command but through the tree", () => {
    const wrong = cli
      .filter((file) => !file.path.startsWith(below("")) && file.path !== tree?.path)
      .flatMap((file) => file.imports.map(({ target }) => ({ path: file.path, target })))
      .filter(({ target }) => target?.startsWith(below("")) === true);

    expect(wrong).toEqual([]);
  });

  test("a command's words load without its deed", () => {
    const wrong = commands
      .filter((file) => file.path.endsWith("/command.ts"))
      .filter((file) => file.imports.some(({ target, lazy }) => !lazy && target?.endsWith("/run.ts") === true))
      .map((file) => file.path);

    expect(wrong).toEqual([]);
  });
});
