// The request behind `stix catalog update`: fresh prices, told cloud by cloud.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogUpdateBodySchema } from "#shared/api/bodies.ts";
import type { Operation } from "./operation.ts";
import { refreshPrices, updateText } from "./update-catalog.ts";

export interface CatalogUpdateSetting {
  /** Keys of vendors, by the names they have in the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Folder of refreshed tables. */
  readonly folder: string;
  /** Addresses of mirrors, by the name each source asks for; the vendors' own otherwise. */
  readonly endpoints?: Readonly<Record<string, string>>;
}

export function catalogUpdate(setting: CatalogUpdateSetting): Operation {
  return {
    name: "catalog.update",
    canResume: true,
    async run({ world, request, log, signal }) {
      const body = catalogUpdateBodySchema.parse(request.body);
      const outcomes = await refreshPrices({
        clouds: body.clouds,
        preference: body.prefer,
        folder: setting.folder,
        nowMs: world.clock.now(),
        signal,
        credential: (name) => setting.env[name] ?? keyFromFiles(setting.home, name),
        ...(setting.endpoints === undefined ? {} : { endpoints: setting.endpoints }),
        onProgress: (line) => log.line(line),
      });
      for (const line of updateText(outcomes).split("\n")) log.line(line);
      return outcomes;
    },
  };
}

/** Where the vendors' own tools keep their keys. */
function keyFromFiles(home: string, name: string): string | undefined {
  if (name === "LAMBDA_API_KEY") return valueIn(join(home, ".lambda_cloud/lambda_keys"), "api_key");
  if (/^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/.test(name))
    return valueIn(join(home, ".aws/credentials"), name.toLowerCase(), "default");
  return undefined;
}

/** Value of a key in a file of `key = value` lines, within a [section] when one is named. */
function valueIn(file: string, key: string, section?: string): string | undefined {
  if (!existsSync(file)) return undefined;
  let isInside = section === undefined;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const head = /^\s*\[(.+)\]\s*$/.exec(line);
    if (head !== null && section !== undefined) isInside = head[1]?.trim() === section;
    const pair = /^\s*([A-Za-z_]+)\s*=\s*(.+?)\s*$/.exec(line);
    if (isInside && pair?.[1]?.toLowerCase() === key) return pair[2];
  }
  return undefined;
}
