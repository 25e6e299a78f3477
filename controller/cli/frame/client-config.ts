// The client's own layers of configuration, merged and checked: they are sent with every request.
import { existsSync, readFileSync } from "node:fs";
import { fileOfKey, loadClientConfig, type ConfigSources } from "#shared/config/layers.ts";
import type { JsonRecord } from "#controller/sdk/connection.ts";
import type { CliContext } from "./context.ts";

/** Throws `bad-config`, `file-not-found`, or `usage` for a wrong --config. */
export function clientConfig(context: Pick<CliContext, "env" | "cwd">, overlays: readonly string[]): JsonRecord {
  const { config } = loadClientConfig(sources(context), { overlays });
  // What YAML gives is what JSON can say.
  return JSON.parse(JSON.stringify(config)) as JsonRecord;
}

/** The file that decides what a key is; undefined when none names it. */
export function fileNaming(context: Pick<CliContext, "env" | "cwd">, key: readonly string[]): string | undefined {
  return fileOfKey(sources(context), key);
}

function sources({ env, cwd }: Pick<CliContext, "env" | "cwd">): ConfigSources {
  const readFile = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
  return { env, home: env["HOME"] ?? "", cwd, readFile };
}
