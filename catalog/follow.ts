// A catalog that notices when its folders change: users edit lists, and `catalog update` replaces tables, while a server runs.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { zoneNamesFile } from "./zone-names.ts";
import { openCatalog, type Catalog, type CatalogOptions } from "./load.ts";

/** The catalog as its folders are now; the same one as before when nothing changed. A look costs one `stat` a file. */
export function followCatalog(options: CatalogOptions): () => Catalog {
  let seen = "";
  let catalog: Catalog | undefined;
  return () => {
    const now = [options.overrideDir, options.privateDir, options.updatedDir].map(stateOf).join("|");
    if (catalog === undefined || now !== seen) {
      catalog = openCatalog(options);
      seen = now;
    }
    return catalog;
  };
}

function stateOf(folder: string | undefined): string {
  if (folder === undefined || !existsSync(folder)) return "";
  return readdirSync(folder)
    .sort()
    .map((name) =>
      name.endsWith(".bin")
        ? `${name}:${stampOf(join(folder, name))}`
        : `${name}:${stampOf(join(folder, name, "vms.csv"))}${zonesStamp(folder, name)}`,
    )
    .join(",");
}

function zonesStamp(folder: string, cloud: string): string {
  const file = zoneNamesFile(folder, cloud);
  return file === undefined ? "" : `+${file}:${stampOf(file)}`;
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
}
