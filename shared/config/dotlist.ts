// Reads the values of `--config`: one file, or any number of `key.path=value`.
import { StixError } from "../errors/stix-error.ts";
import { datesAsText } from "../yaml/dates.ts";
import { readYaml } from "../yaml/document.ts";
import { writeYaml } from "../yaml/write.ts";
import { checkConfigText, type ConfigMapping } from "./check.ts";
import { mergeConfig } from "./merge.ts";

/** How the values of `key=value` are called as a place. */
const COMMAND_LINE = "CLI";

/** The config that the values make together, checked by itself. Throws `usage`. */
export function readOverlay(values: readonly string[], readFile: (path: string) => string | undefined): ConfigMapping {
  const [first] = values;
  if (first === undefined) return {};
  const text = first.includes("=") ? undefined : readFile(first);
  if (text !== undefined && values.length > 1)
    throw wrong(`--config takes one file, or pairs of key and value, not both: '${first}'`);
  if (text !== undefined) return judged(text, first);
  const config = values.map(readPair).reduce<ConfigMapping>((base, pair) => mergeConfig(base, pair), {});
  // Checked as the file it stands for, so that faults read the same.
  judged(writeYaml(config), COMMAND_LINE);
  return config;
}

/** `a.b=value`: split at the first `=`, the value read as YAML. */
function readPair(text: string): ConfigMapping {
  const at = text.indexOf("=");
  const key = text.slice(0, at);
  const valueText = text.slice(at + 1);
  if (at < 1 || valueText === "") throw wrong(`--config '${text}' is neither a file nor key=value`);
  const file = readYaml(valueText);
  if (!file.ok) throw wrong(`--config '${key}' has a value that is no YAML: ${file.faults[0]?.message ?? ""}`);
  const value = datesAsText(file.documents[0]?.value ?? null);
  return key.split(".").reduceRight<unknown>((inner, step) => ({ [step]: inner }), value) as ConfigMapping;
}

function judged(text: string, place: string): ConfigMapping {
  const { config, problems } = checkConfigText(text, { strict: false });
  const [first] = problems;
  if (first === undefined) return config;
  const line = first.line === undefined || place === COMMAND_LINE ? "" : `:${first.line}`;
  // SkyPilot's words in front: scripts and people look for them.
  throw wrong(
    `Invalid config override. Details: Invalid config YAML from (${place}${line}). ${first.message}`,
    first.hint,
  );
}

function wrong(message: string, hint?: string): StixError {
  return new StixError({ code: "usage", message, hint: hint ?? "--config key.path=value, or --config FILE" });
}
