// Whether a server is well, as it says itself.
import { callPath } from "#shared/api/calls.ts";
import { realTime } from "#shared/clock.ts";
import { directOnLoopback } from "#shared/loopback.ts";

export interface Health {
  readonly status: string;
  readonly apiVersion: string;
  readonly version: string;
  readonly commit: string;
  readonly user: unknown;
  /** Our own version, when it is a STIX server. */
  readonly stixVersion: string | undefined;
  /** Its process, when it is a STIX server. */
  readonly pid: number | undefined;
  /** Where it keeps its state, without links, when it is a STIX server. */
  readonly stateFolder: string | undefined;
}

const HEALTH_TIMEOUT_MS = 2_500;

/** Undefined when nothing that we know answers there in time. */
export async function askHealth(url: string, patienceMs: number = HEALTH_TIMEOUT_MS): Promise<Health | undefined> {
  const found = await probe(url, patienceMs);
  return typeof found === "string" ? undefined : found;
}

/** What answers there: a server of the API, somebody silent, nobody, or another program. */
export async function probe(
  url: string,
  patienceMs: number = HEALTH_TIMEOUT_MS,
): Promise<Health | "nobody" | "silent" | "somebody else"> {
  let response: Response;
  try {
    response = await fetch(url + callPath("health"), {
      signal: realTime.deadline(patienceMs),
      ...directOnLoopback(url),
    });
  } catch (error) {
    // No HTTP, too: what holds the port is for the server to say when it starts.
    return error instanceof Error && error.name === "TimeoutError" ? "silent" : "nobody";
  }
  const answer: unknown = await response.json().catch(() => undefined);
  return typeof answer === "object" && answer !== null && "api_version" in answer
    ? readHealth(answer)
    : "somebody else";
}

function readHealth(answer: object): Health {
  const fields: Partial<Record<string, unknown>> = { ...answer };
  const { stix_version: stixVersion, pid, state_folder: stateFolder } = fields;
  return {
    status: String(fields["status"]),
    apiVersion: String(fields["api_version"]),
    version: String(fields["version"]),
    commit: String(fields["commit"]),
    user: fields["user"],
    stixVersion: typeof stixVersion === "string" ? stixVersion : undefined,
    pid: typeof pid === "number" ? pid : undefined,
    stateFolder: typeof stateFolder === "string" ? stateFolder : undefined,
  };
}
