// Pages of help: they fit the terminal, offer what works, and say in one line what is to come.
import { describe, expect, test } from "bun:test";
import { groups, leaves } from "../../command-tree.ts";
import { renderCommandHelp } from "./command-help.ts";
import { renderGroupHelp, rowsUnder } from "./group-help.ts";

const paths = [[], ...Object.keys(groups).map((path) => path.split(" "))];

async function pages(columns: number): Promise<string[]> {
  const style = { columns, colour: false };
  const commands = await Promise.all(leaves.map(async (leaf) => renderCommandHelp(await leaf.load(), "stix", style)));
  return [...commands, ...(await Promise.all(paths.map((path) => renderGroupHelp(path, "stix", style))))];
}

describe("cli/help", () => {
  for (const columns of [40, 60, 80, 100, 132]) {
    test(`no line of any page is longer than a terminal of ${columns} columns`, async () => {
      const long = (await pages(columns)).flatMap((page) => page.split("\n")).filter((line) => line.length > columns);

      expect(long).toEqual([]);
    });
  }

  test("an example that is too long for its line is still one command when pasted", async () => {
    const page = (await pages(40)).join("\n");

    expect(page).toContain("  stix exec train --gpus A100:1 -d \\\n    task.yaml\n      # ask for one GPU");
  });

  test.each(paths.map((path) => path.join(" ")))("what is not built is one line at the end: %p", async (words) => {
    const path = words === "" ? [] : words.split(" ");
    const page = await renderGroupHelp(path, "stix", { columns: 100, colour: false });
    const planned = (await rowsUnder(path)).filter((row) => row.planned !== undefined).map((row) => row.word);
    if (path.length === 0) expect(planned).toContain("jobs");
    const [, toCome] = page.split("\nTo come: ");
    if (planned.length === 0) return expect(toCome).toBeUndefined();

    expect(toCome).toBe(`${planned.join(", ")}.\n`);
    for (const word of planned) expect(page).not.toMatch(new RegExp(`^  ${word}\\b`, "m"));
  });
});
