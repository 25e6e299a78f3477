// Where the API server is and how to sign in, by the environment first and the config after it.
import { StixError } from "../errors/stix-error.ts";
import type { ConfigMapping } from "./check.ts";
import { valueAt } from "./client-overlay.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The server's address without a slash at its end; undefined: the local one. Throws `bad-config`. */
export function serverEndpoint(env: Env, config: ConfigMapping): string | undefined {
  const named = nonEmpty(env["STIX_API_SERVER_ENDPOINT"]) ?? nonEmpty(env["SKYPILOT_API_SERVER_ENDPOINT"]);
  const endpoint = named ?? valueAt(config, ["api_server", "endpoint"]);
  if (typeof endpoint !== "string") return undefined;
  if (/^https?:\/\//.test(endpoint)) return endpoint.replace(/\/+$/, "");
  throw new StixError({
    code: "bad-config",
    message: `the API server's address '${endpoint}' does not begin with http:// or https://`,
    hint: "correct SKYPILOT_API_SERVER_ENDPOINT or api_server.endpoint",
  });
}

/** A secret. Undefined when none is set; throws `bad-config` when it cannot be one. */
export function serviceAccountToken(env: Env, config: ConfigMapping): string | undefined {
  const token =
    nonEmpty(env["SKYPILOT_SERVICE_ACCOUNT_TOKEN"]) ?? valueAt(config, ["api_server", "service_account_token"]);
  if (typeof token !== "string") return undefined;
  if (token.startsWith("sky_") && token.length > 4) return token;
  throw new StixError({
    code: "bad-config",
    message: "the service account token does not begin with 'sky_'",
    hint: "correct SKYPILOT_SERVICE_ACCOUNT_TOKEN or api_server.service_account_token",
  });
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
