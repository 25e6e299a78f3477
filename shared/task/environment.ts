// Reads `envs`, `secrets` and `managed_secrets`, and puts their values into other sections.
import { pythonRepr } from "../yaml/python-text.ts";
import { refuse, within, type Scope } from "./report.ts";
import type { Task } from "./task.ts";

const REFERENCE_PREFIX = "secrets:";

/** Values become the text that Python makes of them: `true` is "True", `1.50` is "1.5". Null stays null. */
export function asText(scope: Scope, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => textOf(within(scope, index), item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, textOf(within(scope, key), inner)]));
}

function textOf(scope: Scope, value: unknown): unknown {
  if (value === null) return null;
  return scope.document.textOf(scope.path) ?? pythonRepr(value);
}

/** Every variable must have a value once the command line has spoken. */
export function readEnvs(
  scope: Scope,
  written: Readonly<Record<string, string | null>>,
  overrides: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const envs: Record<string, string> = {};
  let isComplete = true;
  for (const [name, value] of Object.entries({ ...written, ...overrides })) {
    if (value !== null) envs[name] = value;
    else isComplete = refuseEmpty(within(scope, name), name);
  }
  return isComplete ? envs : undefined;
}

function refuseEmpty(scope: Scope, name: string): false {
  refuse(scope, "ValueError", `variable '${name}' has no value: set one in task YAML or --env ${name}=...`, {
    hint: `${name}: "" in task YAML or --env ${name}="" for an empty one`,
  });
  return false;
}

export type Secrets = Pick<Task, "secrets" | "secretReferences" | "secretMounts">;

type WrittenSecrets = Readonly<Record<string, string | null>> | readonly string[];
type WrittenManaged = readonly (string | Readonly<Record<string, { readonly mount_path?: string | undefined }>>)[];

/** Inline values, names of server-kept ones, and those that become files. */
export function readSecrets(
  scope: Scope,
  written: { readonly secrets: WrittenSecrets; readonly managed: WrittenManaged },
  overrides: Readonly<Record<string, string>>,
): Secrets | undefined {
  const inline: Record<string, string> = {};
  const references: string[] = [];
  const before = scope.report.problems.length;
  if (isList(written.secrets)) references.push(...readList(within(scope, "secrets"), written.secrets));
  else readMapping(within(scope, "secrets"), written.secrets, inline, references);
  const mounts: { name: string; mountPath: string }[] = [];
  for (const item of written.managed) readManaged(item, references, mounts);
  if (scope.report.problems.length > before) return undefined;
  return {
    secrets: { ...inline, ...overrides },
    secretReferences: references.filter((name) => !(name in overrides)),
    ...(mounts.length === 0 ? {} : { secretMounts: mounts }),
  };
}

function isList(secrets: WrittenSecrets): secrets is readonly string[] {
  return Array.isArray(secrets);
}

function readList(scope: Scope, items: readonly string[]): string[] {
  return items.flatMap((item, index) => {
    if (item.startsWith(REFERENCE_PREFIX)) return [item.slice(REFERENCE_PREFIX.length)];
    refuse(
      within(scope, index),
      "ValueError",
      `'${item}' is no reference: in a list every secret is written secrets:NAME`,
      {
        hint: `secrets:${item}, or a mapping {${item}: "value"}`,
      },
    );
    return [];
  });
}

function readMapping(
  scope: Scope,
  secrets: Readonly<Record<string, string | null>>,
  inline: Record<string, string>,
  references: string[],
): void {
  for (const [name, value] of Object.entries(secrets)) {
    const isReference = name.startsWith(REFERENCE_PREFIX);
    if (value === null) references.push(isReference ? name.slice(REFERENCE_PREFIX.length) : name);
    else if (!isReference) inline[name] = value;
    else {
      refuse(within(scope, name), "ValueError", `'${name}' refers to a kept secret, so it must have no value`, {
        at: "key",
        hint: `write '${name}:' alone, or drop the prefix 'secrets:'`,
      });
    }
  }
}

function readManaged(
  item: WrittenManaged[number],
  references: string[],
  mounts: { name: string; mountPath: string }[],
): void {
  const unprefixed = (name: string) => (name.startsWith(REFERENCE_PREFIX) ? name.slice(REFERENCE_PREFIX.length) : name);
  if (typeof item === "string") {
    references.push(unprefixed(item));
    return;
  }
  for (const [name, { mount_path: mountPath }] of Object.entries(item)) {
    if (mountPath === undefined) references.push(unprefixed(name));
    else mounts.push({ name: unprefixed(name), mountPath });
  }
}

const VARIABLE = /\$\{?\b([a-zA-Z_][a-zA-Z0-9_]*)\b\}?/g;

// Letters that variables may add to a section: as many as a whole file may have.
const EXPANSION_MAX = 1_048_576;

/** `$NAME` and `${NAME}` in all text and keys of a section; unknown names stay as written. */
export function substitute(scope: Scope, value: unknown, variables: Readonly<Record<string, string>>): unknown {
  let left = EXPANSION_MAX;
  const inText = (text: string): string => {
    if (!text.includes("$") || left < 0) return text;
    return text.replace(VARIABLE, (written, name: string) => {
      const replaced = Object.hasOwn(variables, name) ? (variables[name] ?? written) : written;
      left -= replaced.length;
      return left < 0 ? written : replaced;
    });
  };
  const inside = (inner: unknown): unknown => {
    if (typeof inner === "string") return inText(inner);
    if (Array.isArray(inner)) return inner.map(inside);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, deeper]) => [inText(key), inside(deeper)]));
  };
  const result = inside(value);
  if (left < 0) refuse(scope, "ValueError", "variables make this section longer than a task file may be");
  return result;
}

const DOCKER_NAMES = ["SKYPILOT_DOCKER_PASSWORD", "SKYPILOT_DOCKER_SERVER", "SKYPILOT_DOCKER_USERNAME"] as const;

/** The login to a container registry: its three variables stand together, in one place. */
export function readDockerLogin(
  scope: Scope,
  envs: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): { readonly username: string; readonly password: string; readonly server: string } | undefined {
  const inEnvs = DOCKER_NAMES.filter((name) => name in envs);
  const inSecrets = DOCKER_NAMES.filter((name) => name in secrets);
  const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");
  if (inEnvs.length > 0 && inSecrets.length > 0) {
    return refuse(
      within(scope, "envs"),
      "ValueError",
      `the docker login is split: ${quoted(inEnvs)} in envs, ${quoted(inSecrets)} in secrets`,
      {
        at: "key",
        hint: "move all three into secrets",
      },
    );
  }
  const found = inEnvs.length > 0 ? inEnvs : inSecrets;
  const place = inEnvs.length > 0 ? "envs" : "secrets";
  if (found.length === 0) return undefined;
  const missing = DOCKER_NAMES.filter((name) => !(found as readonly string[]).includes(name));
  if (missing.length > 0) {
    return refuse(
      within(scope, place),
      "ValueError",
      `the docker login is incomplete: ${quoted(missing)} missing in ${place}`,
      {
        at: "key",
        hint: `add ${missing.join(", ")}`,
      },
    );
  }
  const all = inEnvs.length > 0 ? envs : secrets;
  return {
    username: all["SKYPILOT_DOCKER_USERNAME"] ?? "",
    password: all["SKYPILOT_DOCKER_PASSWORD"] ?? "",
    server: all["SKYPILOT_DOCKER_SERVER"] ?? "",
  };
}
