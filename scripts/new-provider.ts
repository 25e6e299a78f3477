// Makes the folder of a cloud: its manifest, a provider that refuses everything honestly, and its tests, which fail until it is built.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nameFault, scaffold } from "./clouds/scaffold.ts";

const root = join(import.meta.dir, "..");
const usage = `usage: scripts/new-provider NAME [TITLE]

Makes controller/providers/NAME and writes the files that follow from the manifests (scripts/gen).
NAME is what task files say (lower-case letters and digits), TITLE what users read (default: NAME with a capital).

examples:
  scripts/new-provider hetzner
  scripts/new-provider latitude Latitude.sh`;

async function main([name, title, ...more]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "-h") {
    console.log(usage);
    return 0;
  }
  const folder = join(root, "controller/providers", name ?? "");
  const fault =
    more.length > 0 ? `'${more[0]}' is one word too many` : nameFault(name, name !== undefined && existsSync(folder));
  if (name === undefined || fault !== null) {
    console.error(`error: ${fault ?? "a name is missing"}\ntry:   scripts/new-provider --help`);
    return 2;
  }
  mkdirSync(folder);
  for (const { file, text } of scaffold(name, title ?? name.charAt(0).toUpperCase() + name.slice(1))) {
    writeFileSync(join(folder, file), text);
    console.log(`wrote controller/providers/${name}/${file}`);
  }
  const made = Bun.spawn([process.execPath, join(root, "scripts/gen.ts")], { stdio: ["ignore", "inherit", "inherit"] });
  if ((await made.exited) !== 0) return 1;
  console.log(`\nnext:  bun test controller/providers/${name}    # says what is still to be built`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
