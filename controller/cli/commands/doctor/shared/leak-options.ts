// What `doctor leaks` and `doctor adopt` share: how their answers are printed.
import type { CliContext } from "#controller/cli/frame/context.ts";

export interface LeakOptions {
  readonly config: readonly string[];
  readonly output: "table" | "json";
}

/** With -o json the standard output holds the document alone. */
export function storyOf(context: CliContext, options: LeakOptions) {
  return options.output === "json" ? context.stderr : context.stdout;
}
