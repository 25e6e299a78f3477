// The help page of the program and of a group of commands: what can follow.
import { exitFacts } from "./exit-facts.ts";
import { groups, leaves, wordsUnder } from "../../command-tree.ts";
import type { Output } from "../context.ts";
import { paint } from "#controller/cli/print/colour.ts";
import { described, wrapped } from "./command-help.ts";

type PageStyle = Pick<Output, "columns" | "colour">;

export async function renderGroupHelp(path: readonly string[], program: string, style: PageStyle): Promise<string> {
  const heading = (text: string) => paint(style.colour, "bold", text);
  const width = Math.min(style.columns, 100);
  const all = await rowsUnder(path);
  const rows = all.filter((row) => row.planned === undefined);
  const section = (title: string, ours: boolean) => {
    const lines = rows.filter((row) => row.ours === ours).map((row) => described(`  ${row.word}`, row.summary, width));
    return lines.length === 0 ? "" : `\n${heading(`${title}:`)}\n${lines.join("")}`;
  };
  const name = [program, ...path].join(" ");
  const about =
    path.length === 0
      ? "Launch, run and manage jobs on any cloud, Kubernetes, Slurm or machine of your own."
      : `${groups[path.join(" ")]?.summary ?? ""}.`;
  const intro = `${heading("Usage:")} ${name} ${path.length === 0 ? "[OPTIONS] " : ""}COMMAND [ARGS]...\n\n${wrapped(about, "", width)}\n`;
  const page = [intro, section("Commands", false), section(path.length === 0 ? "More commands" : "Commands", true)];
  if (path.length === 0) {
    const facts = exitFacts.map(
      ([status, meaning]) => `  ${status.padEnd(4)} ${wrapped(meaning, " ".repeat(7), width).trimStart()}\n`,
    );
    page.push(`\n${heading("Options:")}\n${rootOptionLines(width)}\n${heading("Exit status:")}\n${facts.join("")}`);
  }
  if (rows.length > 0) page.push(`\n${wrapped(`${name} COMMAND --help explains a command.`, "", width)}\n`);
  const planned = all.filter((row) => row.planned !== undefined).map((row) => row.word);
  if (planned.length > 0)
    page.push(`${rows.length > 0 ? "" : "\n"}${wrapped(`To come: ${planned.join(", ")}.`, "", width)}\n`);
  return page.join("");
}

export interface Row {
  readonly word: string;
  readonly summary: string;
  readonly ours: boolean;
  /** Set when nothing of it works yet. */
  readonly planned: string | undefined;
}

/** The words that may follow, hidden ones left out. A group of which nothing works yet is as planned as its commands. */
export async function rowsUnder(path: readonly string[]): Promise<readonly Row[]> {
  const rows = await Promise.all(
    wordsUnder(path).map(async (word): Promise<readonly Row[]> => {
      const full = [...path, word].join(" ");
      const group = Object.hasOwn(groups, full) ? groups[full] : undefined;
      const command = await leaves.find((leaf) => leaf.path === full)?.load();
      if (group !== undefined) {
        const planned = await plannedUnder([...path, word]);
        return group.hidden === true ? [] : [{ word, summary: group.summary, ours: group.ours ?? false, planned }];
      }
      return command === undefined || command.hidden
        ? []
        : [{ word, summary: command.summary, ours: path.length === 0 && command.ours, planned: command.planned }];
    }),
  );
  return rows.flat();
}

/** What a group waits for of which nothing works yet. */
export async function plannedUnder(path: readonly string[]): Promise<string | undefined> {
  const rows = await rowsUnder(path);
  return rows.every((row) => row.planned !== undefined) ? rows[0]?.planned : undefined;
}

function rootOptionLines(width: number): string {
  return [
    described("  -v, --version", "Print the version, the commit and the day of the build", width),
    described("  -c, --commit", "Print the commit", width),
    described("  --install-shell-completion SHELL", "Install completion: bash, zsh, fish or auto", width),
    described("  --uninstall-shell-completion SHELL", "Take it away again", width),
    described("  -h, --help", "Show this page", width),
  ].join("");
}
