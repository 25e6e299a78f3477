// A server that a variable names is not chosen by a login: the variable would win over it.
import { StixError } from "#shared/errors/stix-error.ts";
import { endpointVariables } from "#controller/local-server/endpoint.ts";

/** Throws `usage`, in SkyPilot's words, when the environment names the server. `doing`: "login to". */
export function refuseNamedServer(
  env: Readonly<Record<string, string | undefined>>,
  doing: "login to" | "logout of",
): void {
  const name = endpointVariables.find((one) => (env[one] ?? "") !== "");
  if (name === undefined) return;
  const message = `Cannot ${doing} API server when the endpoint is set via the environment variable. Run unset ${name} to clear it.`;
  throw new StixError({ code: "usage", message, hint: `unset ${name}` });
}
