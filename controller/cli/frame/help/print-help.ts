// `help`: a page, or everything as JSON.
import { StixError } from "#shared/errors/stix-error.ts";
import { findCommand } from "../../command-tree.ts";
import type { CliContext } from "../context.ts";
import { printJson } from "#controller/cli/print/answer.ts";

export async function printHelp(context: CliContext, path: readonly string[], json: boolean): Promise<number> {
  if (json) {
    const { programFacts } = await import("./metadata.ts");
    printJson(context, await programFacts());
    return 0;
  }
  const found = findCommand(path);
  if (found.is === "unknown")
    throw new StixError({ code: "usage", message: `no such command '${path.join(" ")}'`, hint: "{program} help" });
  if (found.is === "group") {
    const { renderGroupHelp } = await import("./group-help.ts");
    context.stdout.write(await renderGroupHelp(found.path, context.program, context.stdout));
    return 0;
  }
  const { renderCommandHelp } = await import("./command-help.ts");
  context.stdout.write(renderCommandHelp(await found.leaf.load(), context.program, context.stdout));
  return 0;
}
