// How a command says which state folder it means, so that a server of another folder on the same port does nothing for it.
import { StixError } from "../errors/stix-error.ts";

/** Holds the folder's path without links, encoded as in a URL. Left out by programs that mean whoever answers. */
export const STATE_FOLDER_HEADER = "X-Stix-State-Folder";

/** The server at `port` keeps `theirs`, and the command means `wanted`. Both without links. */
export function otherFolder(port: number, theirs: string, wanted: string): StixError {
  return new StixError({
    code: "port-in-use",
    message: `port ${port} is in use by the API server of the state folder ${theirs}, and this command's folder is ${wanted}`,
    hint: `STIX_API_PORT=${port + 1} {program} api start`,
    details: { why: `each state folder has a server of its own; to use that one: STIX_HOME=${theirs}` },
  });
}
