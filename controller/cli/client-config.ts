// The client's own layers of configuration, merged and checked: they are sent with every request.
import { existsSync, readFileSync } from "node:fs";
import { loadClientConfig } from "#shared/config/layers.ts";
import type { JsonRecord } from "../client/connection.ts";
import type { CliContext } from "./context.ts";

/** Throws `bad-config`, `file-not-found`, or `usage` for a wrong --config. */
export function clientConfig(context: Pick<CliContext, "env" | "cwd">, overlays: readonly string[]): JsonRecord {
  const { env, cwd } = context;
  const readFile = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
  const { config } = loadClientConfig({ env, home: env["HOME"] ?? "", cwd, readFile }, { overlays });
  // What YAML gives is what JSON can say.
  return JSON.parse(JSON.stringify(config));
}
