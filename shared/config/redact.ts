// The config without what must never be shown: the database's address, tokens, passwords of registries.
import type { ConfigMapping } from "./check.ts";
import { isMapping } from "./merge.ts";

const REDACTED = "<redacted>";

const SECRET_PATHS = [
  ["db"],
  ["api_server", "service_account_token"],
  ["jobs", "controller", "resources", "_docker_login_config", "password"],
  ["serve", "controller", "resources", "_docker_login_config", "password"],
] as const;

export function redactConfig(config: ConfigMapping): ConfigMapping {
  return SECRET_PATHS.reduce<ConfigMapping>((shown, path) => redactAt(shown, path), config);
}

function redactAt(config: ConfigMapping, [key = "", ...rest]: readonly string[]): ConfigMapping {
  const inner = config[key];
  if (inner === undefined || inner === null) return config;
  if (rest.length === 0) return { ...config, [key]: REDACTED };
  return isMapping(inner) ? { ...config, [key]: redactAt(inner, rest) } : config;
}
