// Whether the keys of a cloud are there, and where they are looked for.
import type { CloudAccess } from "#shared/cloud-facts.ts";

export interface AccessFacts {
  readonly hasFile: (path: string) => boolean;
  readonly hasVariable: (name: string) => boolean;
}

/** What was found of the keys: "~/.aws/credentials", "the variables A and B"; null when there is nothing. */
export function foundAccess(access: CloudAccess, facts: AccessFacts): string | null {
  const file = access.files.find(facts.hasFile);
  if (file !== undefined) return `~/${file}`;
  const group = access.variables.find((names) => names.every(facts.hasVariable));
  return group === undefined ? null : variables(group);
}

/** "~/.aws/credentials, ~/.aws/config, or the variables A and B". */
export function placesOf(access: CloudAccess): string {
  const places = [...access.files.map((file) => `~/${file}`), ...access.variables.map(variables)];
  const last = places.at(-1) ?? "";
  return places.length === 1 ? last : `${places.slice(0, -1).join(", ")} or ${last}`;
}

function variables(names: readonly string[]): string {
  return `${names.length === 1 ? "the variable" : "the variables"} ${names.join(" and ")}`;
}
