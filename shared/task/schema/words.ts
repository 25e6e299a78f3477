// Words and patterns that several schemas of a task share.
import { taskClouds } from "../../clouds.gen.ts";
import { cloudsWith, wordsFor } from "../../clouds.ts";
import { similarWord } from "../../schema/similar.ts";

export const CLOUDS = taskClouds;

const contextClouds = cloudsWith(
  ({ rank, places, regionPrefix }) => rank !== null && places === "contexts" && regionPrefix === "",
);
const aliases = wordsFor("aliases");
const contextWords = [
  ...contextClouds,
  ...[...aliases].filter(([, id]) => contextClouds.includes(id)).map(([word]) => word),
].join("|");
const PLACED_CLOUDS = CLOUDS.filter((cloud) => !contextClouds.includes(cloud)).join("|");
const PLACE = "(?:/[^/]+(?:/[^/]+)?)?";

/** `cloud[/region[/zone]]`, `*` for any part, `k8s/<context>` with slashes in the context. */
export const INFRA = new RegExp(
  `^(?:(?:${anyCase(PLACED_CLOUDS)})${PLACE}|\\*${PLACE}|(?:${anyCase(contextWords)})(?:/.+)?)$`,
);

/** As INFRA, without `*`: a volume lives somewhere. */
export const VOLUME_INFRA = new RegExp(
  `^(?:(?:${anyCase(PLACED_CLOUDS)})${PLACE}|(?:${anyCase(contextWords)})(?:/.+)?)$`,
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
  const known: readonly string[] = [...CLOUDS, ...aliases.keys()];
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
  return wordsFor("meant").get(name) ?? similarWord(name, [...CLOUDS, ...aliases.keys()]);
}

function anyCase(pattern: string): string {
  return pattern.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
