// What works today, from the tree of commands, the embedded prices and the providers that are built in.
import { embeddedTables } from "#catalog/data/embedded.gen.ts";
import { leaves } from "#controller/cli/command-tree.ts";
import { providerNames } from "#controller/providers/registry.ts";
import { CLOUDS } from "#shared/task/schema/words.ts";

export async function worksTables(): Promise<string> {
  return [commandTable(await plannedCommands()), cloudTable()].join("\n\n");
}

interface Planned {
  readonly path: string;
  /** What is still to be built, a plural; null: it works. */
  readonly planned: string | null;
}

async function plannedCommands(): Promise<readonly Planned[]> {
  return await Promise.all(leaves.map(async ({ path, load }) => ({ path, planned: (await load()).planned ?? null })));
}

function commandTable(commands: readonly Planned[]): string {
  const working = commands.filter(({ planned }) => planned === null).map(({ path }) => `\`${path}\``);
  const missing = Map.groupBy(
    commands.filter(({ planned }) => planned !== null),
    ({ planned }) => planned ?? "",
  );
  const rows = [...missing].map(([what, of]) => `| ${what} | ${of.map(({ path }) => `\`${path}\``).join(", ")} |`);
  return [
    "## Commands",
    "",
    `These work: ${working.join(", ")}.`,
    "",
    "| not built yet | commands that wait for it |",
    "| --- | --- |",
    ...rows,
  ].join("\n");
}

/** A cloud without a provider can be planned for, not launched on. */
function cloudTable(): string {
  const built = new Set(providerNames);
  const names = [...new Set([...CLOUDS, ...embeddedTables.keys()])].toSorted();
  const rows = names.map((cloud) => {
    const understood = CLOUDS.some((each) => each === cloud);
    return `| ${cloud} | ${mark(understood)} | ${mark(embeddedTables.has(cloud) || built.has(cloud))} | ${mark(built.has(cloud))} |`;
  });
  return [
    "## Clouds",
    "",
    "| cloud | task files | plans and prices | launches |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function mark(is: boolean): string {
  return is ? "yes" : "–";
}
