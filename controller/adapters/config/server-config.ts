// The server's own config file, read again when it was changed. A faulty file fails the calls that need it, not the server.
import { readFileSync, statSync } from "node:fs";
import type { ConfigMapping } from "#shared/config/check.ts";
import { loadServerConfig } from "#shared/config/layers.ts";

export interface ServerConfigOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** Gives the config of now. Throws StixError `bad-config` with the place of the first fault. */
export function followServerConfig({ env, home }: ServerConfigOptions): () => ConfigMapping {
  const read = new Set<string>();
  let known: { readonly marks: string; readonly config: ConfigMapping } | null = null;
  const load = (): ConfigMapping => {
    read.clear();
    const { config } = loadServerConfig({
      env,
      home,
      cwd: home,
      readFile: (path) => {
        read.add(path);
        return tryRead(path);
      },
    });
    return config;
  };
  return () => {
    if (known !== null && known.marks === marksOf(read)) return known.config;
    const config = load();
    known = { marks: marksOf(read), config };
    return config;
  };
}

function marksOf(paths: Iterable<string>): string {
  return [...paths].map(markOf).join();
}

/** Changes whenever the file's content may have. */
function markOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "absent" : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // No such layer.
    return undefined;
  }
}
