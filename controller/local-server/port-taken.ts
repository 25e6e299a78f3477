// The error of a port that our server needs and somebody else holds.
import { StixError } from "#shared/errors/stix-error.ts";
import { otherUserOn } from "./port-owner.ts";

/** Somebody holds the port of `url`, but it is not our server: that one cannot listen there. */
export function portTaken(url: string, by: "another program" | "SkyPilot's API server" = "another program"): StixError {
  const port = Number(new URL(url).port);
  const owner = otherUserOn(port);
  const holder = owner === undefined ? by : `${by === "another program" ? "a server" : by} of another user (${owner})`;
  return new StixError({
    code: "port-in-use",
    message: `port ${port} is in use by ${holder}, so the API server cannot listen there`,
    hint: `STIX_API_PORT=${port + 1} {program} status`,
    details:
      by === "another program" || owner !== undefined
        ? {}
        : { why: `to use that one: STIX_API_SERVER_ENDPOINT=${url}` },
  });
}
