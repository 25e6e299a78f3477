// Judges the text of a config file: its YAML, its keys and types, and the rules across keys.
import { SCHEMA_ERROR, checked, newReport, placedProblem, refuse, within, type Scope } from "../task/report.ts";
import type { Problem } from "../task/problem.ts";
import { readYaml } from "../yaml/document.ts";
import { datesAsText } from "../yaml/dates.ts";
import { pythonRepr } from "../yaml/python-text.ts";
import { configSchema, strictConfigSchema } from "./schema/config.ts";

export type ConfigMapping = Readonly<Record<string, unknown>>;

export interface CheckedConfig {
  /** Empty when the text is empty, or refused. */
  readonly config: ConfigMapping;
  readonly problems: readonly Problem[];
}

/** `strict`: as the server judges, which knows all keys. An empty text is an empty config. */
export function checkConfigText(text: string, options: { readonly strict: boolean }): CheckedConfig {
  const report = newReport(text);
  const file = readYaml(text);
  if (!file.ok) {
    return {
      config: {},
      problems: file.faults.map((fault) => placedProblem(report, fault, fault.class, fault.message, fault.hint)),
    };
  }
  const document = file.documents[0];
  if (document === undefined || document.value === null) return { config: {}, problems: [] };
  const scope: Scope = { report, document, path: [] };
  const config = checkConfig(scope, document.value, options);
  return { config: report.problems.length > 0 ? {} : config, problems: report.problems };
}

/** Null values stay: a section with nothing in it is an error. */
function checkConfig(scope: Scope, value: unknown, options: { readonly strict: boolean }): ConfigMapping {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(
      scope,
      SCHEMA_ERROR,
      `a config file is a mapping of keys to values, and this is ${pythonRepr(value).slice(0, 60)}`,
    );
    return {};
  }
  const schema = options.strict ? strictConfigSchema() : configSchema();
  if (checked(scope, "config", schema, value) === undefined) return {};
  const config: ConfigMapping = datesAsText({ ...value });
  checkLinks(scope, config);
  return config;
}

const LINK_VARIABLES = new Set(["cluster_name", "job_id", "job_name", "user", "workspace"]);

/** Links of the dashboard: the pattern must compile, the template may name known variables only. */
function checkLinks(scope: Scope, config: ConfigMapping): void {
  for (const [index, link] of externalLinks(config).entries()) {
    const place = within(scope, "dashboard", "external_links", index);
    if (typeof link["regex"] === "string" && !compiles(link["regex"])) {
      refuse(within(place, "regex"), "ValueError", `'${link["regex"]}' is no regular expression`);
    }
    const unknown = variablesOf(link["url"]).filter((name) => !LINK_VARIABLES.has(name));
    if (unknown.length > 0) {
      refuse(within(place, "url"), "ValueError", `the link's url names unknown variables: ${unknown.join(", ")}`, {
        hint: `known: ${[...LINK_VARIABLES].map((name) => `\${${name}}`).join(" ")}`,
      });
    }
  }
}

function externalLinks(config: ConfigMapping): ConfigMapping[] {
  const dashboard = config["dashboard"];
  const links =
    typeof dashboard === "object" && dashboard !== null && "external_links" in dashboard
      ? dashboard.external_links
      : [];
  return Array.isArray(links) ? (links as ConfigMapping[]) : [];
}

function variablesOf(url: unknown): string[] {
  if (typeof url !== "string") return [];
  return [...url.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1] ?? "");
}

/** Python writes named groups as `(?P<name>`. */
function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern.replace(/\(\?P</g, "(?<"));
    return true;
  } catch {
    return false;
  }
}
