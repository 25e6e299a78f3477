// The help page of the program and of a group of commands: what can follow.
import { exitFacts } from "./exit-facts.ts";
import { groups, leaves, wordsUnder } from "../command-tree.ts";
import type { Output } from "../context.ts";
import { paint } from "../render/colour.ts";
import { described } from "./command-help.ts";

type PageStyle = Pick<Output, "columns" | "colour">;

export async function renderGroupHelp(path: readonly string[], program: string, style: PageStyle): Promise<string> {
  const heading = (text: string) => paint(style.colour, "bold", text);
  const width = Math.min(style.columns, 100);
  const rows = await rowsUnder(path);
  const section = (title: string, ours: boolean) => {
    const lines = rows.filter((row) => row.ours === ours).map((row) => described(`  ${row.word}`, row.summary, width));
    return lines.length === 0 ? "" : `\n${heading(`${title}:`)}\n${lines.join("")}`;
  };
  const name = [program, ...path].join(" ");
  const about = path.length === 0 ? "Launch, run and manage jobs on any cloud, Kubernetes, Slurm or machine of your own." : `${groups[path.join(" ")]?.summary ?? ""}.`;
  const page = [`${heading("Usage:")} ${name} ${path.length === 0 ? "[OPTIONS] " : ""}COMMAND [ARGS]...\n\n${about}\n`, section("Commands", false), section(path.length === 0 ? "More commands" : "Commands", true)];
  if (path.length === 0) page.push(`\n${heading("Options:")}\n${rootOptionLines(width)}\n${heading("Exit status:")}\n${exitFacts.map(([status, meaning]) => `  ${status.padEnd(4)} ${meaning}\n`).join("")}`);
  page.push(`\n${name} COMMAND --help explains a command.\n`);
  return page.join("");
}

interface Row {
  readonly word: string;
  readonly summary: string;
  readonly ours: boolean;
}

async function rowsUnder(path: readonly string[]): Promise<readonly Row[]> {
  const rows = await Promise.all(
    wordsUnder(path).map(async (word): Promise<readonly Row[]> => {
      const full = [...path, word].join(" ");
      const group = Object.hasOwn(groups, full) ? groups[full] : undefined;
      if (group !== undefined) return group.hidden === true ? [] : [{ word, summary: group.summary, ours: group.ours ?? false }];
      const command = await leaves.find((leaf) => leaf.path === full)?.load();
      return command === undefined || command.hidden ? [] : [{ word, summary: command.summary, ours: path.length === 0 && command.ours }];
    }),
  );
  return rows.flat();
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
