// Words and patterns that several schemas of a task share.
import { similarWord } from "../../schema/similar.ts";

export const CLOUDS = [
  "aws",
  "azure",
  "gcp",
  "ibm",
  "lambda",
  "scp",
  "oci",
  "kubernetes",
  "runpod",
  "vast",
  "vsphere",
  "cudo",
  "fluidstack",
  "paperspace",
  "primeintellect",
  "do",
  "nebius",
  "ssh",
  "slurm",
  "hyperbolic",
  "seeweb",
  "shadeform",
  "yotta",
  "mithril",
  "verda",
  // Ours: nodes on this machine.
  "local",
] as const;

const PLACED_CLOUDS = CLOUDS.filter((cloud) => cloud !== "kubernetes").join("|");
const PLACE = "(?:/[^/]+(?:/[^/]+)?)?";

/** `cloud[/region[/zone]]`, `*` for any part, `k8s/<context>` with slashes in the context. */
export const INFRA = new RegExp(
  `^(?:(?:${anyCase(PLACED_CLOUDS)})${PLACE}|\\*${PLACE}|(?:${anyCase("kubernetes|k8s")})(?:/.+)?)$`,
);

/** As INFRA, without `*`: a volume lives somewhere. */
export const VOLUME_INFRA = new RegExp(
  `^(?:(?:${anyCase(PLACED_CLOUDS)})${PLACE}|(?:${anyCase("kubernetes|k8s")})(?:/.+)?)$`,
);

/** A size as text: a whole number, with or without a unit. A bare "G" is none. */
export const SIZE =
  /^[0-9]+(kb|ki|mb|mi|gb|gi|tb|ti|pb|pi|KB|KI|MB|MI|GB|GI|TB|TI|PB|PI|Kb|Ki|Mb|Mi|Gb|Gi|Tb|Ti|Pb|Pi)?$/;

/** A time as text: minutes, or a number with a unit from minutes to weeks. */
export const TIME = /^[0-9]+(m|h|d|w|M|H|D|W)?$/;

export const ENV_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What is wrong with a text that is not like INFRA. */
export function explainInfra(text: string): string {
  const form = "does not match cloud[/region[/zone]]";
  if (text.trim() === "") return `${form}; leave the key out where any place will do`;
  const [cloud = ""] = text.split("/");
  const known: readonly string[] = [...CLOUDS, "k8s"];
  if (cloud === "*" || known.includes(cloud.toLowerCase()))
    return `${form}: no part may be empty, and none stand beyond the zone`;
  return `${form}; ${cloudAdvice(cloud)}`;
}

/** What to write for a cloud that nobody knows. */
export function cloudAdvice(written: string): string {
  const meant = similarCloud(written);
  return meant === undefined ? `the clouds are ${CLOUDS.join(", ")}` : `is '${meant}' the cloud you mean?`;
}

/** The cloud that a word was meant as, by another name of it or by its letters. */
export function similarCloud(written: string): string | undefined {
  const name = written.toLowerCase();
  return OTHER_NAMES[name] ?? similarWord(name, [...CLOUDS, "k8s"]);
}

export function isCloudName(name: string): boolean {
  return CLOUDS.some((cloud) => cloud === name);
}

/** Names that people use for a cloud and that no task file may. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  digitalocean: "do",
  google: "gcp",
  amazon: "aws",
  microsoft: "azure",
  localhost: "local",
  kube: "kubernetes",
};

function anyCase(pattern: string): string {
  return pattern.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
