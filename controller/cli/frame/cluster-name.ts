// Names of clusters: what they look like, and one made up when none is given.
import { CLUSTER_NAME_MAX, isClusterName } from "#shared/cluster-name.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { userName } from "#controller/local-server/identity.ts";
import { confirm } from "./confirm.ts";
import type { CliContext } from "./context.ts";
import { fileFacts } from "./file-facts.ts";

/** Clusters that the machinery of managed jobs and services runs on. */
export const CONTROLLER_NAME = /^sky-(jobs|serve)-controller-/;

/** A beginning of a name that is far too long. */
const SHORT_NAME = 30;

/** Throws `bad-cluster-name`, or `not-supported` for a name that is not the user's to run on. */
export function checkClusterName(name: string): void {
  if (CONTROLLER_NAME.test(name)) {
    throw new StixError({
      code: "not-supported",
      message: `'${name}' is a controller, and nothing else runs there`,
      hint: "give another name: -c train",
    });
  }
  if (isClusterName(name)) return;
  if (name.length > CLUSTER_NAME_MAX) {
    throw new StixError({
      code: "bad-cluster-name",
      message: `the name of the cluster has ${name.length} letters, and may have ${CLUSTER_NAME_MAX}`,
      hint: `-c ${name.slice(0, SHORT_NAME)}`,
    });
  }
  const repaired = name
    .replace(/[^-_.a-zA-Z0-9]+/g, "-")
    .replace(/^[^a-zA-Z]+/, "")
    .replace(/[^a-zA-Z0-9]+$/, "");
  throw new StixError({
    code: "bad-cluster-name",
    message: `'${name}' cannot be the name of a cluster`,
    hint: repaired === "" ? "begin with a letter: -c train" : `-c ${repaired}`,
    details: {
      why: "a name begins with a letter, ends with a letter or digit, and has only letters, digits, - _ and . between",
    },
  });
}

/** sky-1a2b-user, as SkyPilot makes them up. */
export function madeUpName(context: CliContext): string {
  const user = userName(context.env)
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-")
    .replace(/^-+|-+$/g, "");
  return `sky-${context.random.uuid().slice(0, 4)}-${user === "" ? "user" : user}`;
}

/** A name that is a file was meant as the task: ask, or only warn with -y. */
export async function doubtFileName(
  context: CliContext,
  name: string | undefined,
  what: string,
  yes: boolean,
): Promise<void> {
  if (name === undefined) return;
  const doubtful = /\.(ya?ml|json)$/i.test(name) || fileFacts(name)?.isFile() === true;
  if (!doubtful) return;
  if (yes) context.stderr.write(`warning: the ${what} name '${name}' looks like a file\n`);
  else await confirm(context, `The ${what} name '${name}' looks like a file. Go on?`, { yes: false });
}
