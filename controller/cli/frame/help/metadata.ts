// What every command takes, as data: for programs, documents, and the comparison with SkyPilot's surface.
import { groups, leaves } from "../../command-tree.ts";
import type { Command } from "../define-command.ts";
import type { Option, OptionKind } from "../define-option.ts";

export interface OptionFacts {
  readonly flags: readonly string[];
  readonly negations: readonly string[];
  readonly type: string;
  readonly default: unknown;
  readonly multiple: boolean;
  readonly hidden: boolean;
  /** Value of the option when it stands alone; null when it cannot. */
  readonly optional_value: string | null;
  readonly deprecated: string | null;
  readonly group: string;
  readonly help: string;
  /** True when SkyPilot has no such option. */
  readonly ours: boolean;
}

export interface CommandFacts {
  readonly path: string;
  readonly summary: string;
  readonly hidden: boolean;
  readonly deprecated: string | null;
  readonly ours: boolean;
  /** What is still to be built before it does anything; null for what works. */
  readonly planned: string | null;
  readonly arguments: readonly {
    readonly name: string;
    readonly type: string;
    readonly many: boolean;
    readonly required: boolean;
  }[];
  readonly options: readonly OptionFacts[];
  readonly examples: readonly { readonly command: string; readonly does: string }[];
}

export interface ProgramFacts {
  readonly groups: readonly { readonly path: string; readonly summary: string; readonly hidden: boolean }[];
  readonly commands: readonly CommandFacts[];
}

export async function programFacts(): Promise<ProgramFacts> {
  const commands = await Promise.all(leaves.map((leaf) => leaf.load()));
  return {
    groups: Object.entries(groups).map(([path, group]) => ({
      path,
      summary: group.summary,
      hidden: group.hidden ?? false,
    })),
    commands: commands.map(commandFacts),
  };
}

export function commandFacts(command: Command): CommandFacts {
  return {
    path: command.path.join(" "),
    summary: command.summary,
    hidden: command.hidden,
    deprecated: command.deprecated ?? null,
    ours: command.ours,
    planned: command.planned ?? null,
    arguments: Object.values(command.args).map(({ name, type, many, required }) => ({ name, type, many, required })),
    options: Object.values(command.options).map(optionFacts),
    examples: command.examples.map((example) => ({ command: example.words, does: example.does })),
  };
}

function optionFacts(option: Option<unknown>): OptionFacts {
  return {
    flags: option.flags,
    negations: option.negations,
    type: typeName(option.kind),
    default: option.multiple ? null : (option.fallback ?? null),
    multiple: option.multiple,
    hidden: option.hidden,
    optional_value: option.bare ?? null,
    deprecated: option.deprecated ?? null,
    group: option.group,
    help: option.help,
    ours: option.ours,
  };
}

/** The kind as SkyPilot's surface names it. */
function typeName(kind: OptionKind): string {
  switch (kind.is) {
    case "flag":
      return "flag";
    case "text":
      return "str";
    case "integer":
      if (kind.orNone === true) return "int-or-none";
      return kind.min === undefined ? "int" : "integer range";
    case "number":
      return "float";
    case "choice":
      return kind.choices.join("|");
    case "folder":
      return "existing dir";
    case "env-file":
      return "dotenv path";
    case "env":
      return "K=V|K";
  }
}
