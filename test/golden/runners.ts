// Which code runs which case file: by its name, or by the look of its cases when the name is new.
import type { Outcome } from "./outcome.ts";
import { runYamlCases } from "./yaml-cases.ts";

export type Runner = () => Outcome[] | Promise<Outcome[]>;

/** Undefined for a file that holds no cases. `golden-` before a name makes no difference. */
export async function runnerOf(fileName: string, text: string): Promise<Runner | undefined> {
  const content: unknown = JSON.parse(text);
  const name = fileName.replace(/^golden-/, "").replace(/\.jsonl?$/, "");
  switch (name) {
    case "yaml-cases":
    case "config-cases":
      return () => runYamlCases(content, { strict: false });
    case "strict-cases":
      return () => runYamlCases(content, { strict: true });
    default:
      return undefined;
  }
}
