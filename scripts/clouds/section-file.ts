// Copies the config sections that clouds write in their folders to where configs are read: that room may not import theirs, and
// the schemas must be made of the very same code.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "#controller/providers/contract/manifest.ts";
import type { GeneratedFile } from "./cloud-files.ts";

const KINDS = ["configSection", "workspaceSection", "taskSection"] as const;
/** What a config.ts may import, and how the copy names it. */
const SOURCES: Readonly<Record<string, string>> = {
  "#shared/schema/shapes.ts": "../../schema/shapes.ts",
  "#shared/config/schema/parts.ts": "./parts.ts",
};
const IMPORT = /^import \{([^}]*)\} from "([^"]+)";\n/gm;

export interface SectionFile {
  readonly file: GeneratedFile;
  readonly faults: readonly string[];
}

/** `folder`: controller/providers. */
export function sectionFile(folder: string, manifests: readonly Manifest[]): SectionFile {
  const faults: string[] = [];
  const imported = new Map<string, Set<string>>();
  const bodies: string[] = [];
  const ranked = manifests
    .filter(({ sectionRank }) => sectionRank !== null)
    .toSorted((a, b) => (a.sectionRank ?? 0) - (b.sectionRank ?? 0));
  for (const { id } of ranked) {
    const where = join(folder, id, "config.ts");
    if (!existsSync(where)) {
      faults.push(`controller/providers/${id} has a sectionRank and no config.ts`);
      continue;
    }
    const text = readFileSync(where, "utf8");
    for (const [, names = "", source = ""] of text.matchAll(IMPORT)) {
      if (SOURCES[source] === undefined) faults.push(`controller/providers/${id}/config.ts may not import ${source}`);
      const known = imported.get(source) ?? new Set();
      for (const name of names.split(",")) if (name.trim() !== "") known.add(name.trim());
      imported.set(source, known);
    }
    bodies.push(copyOf(id, text));
  }
  const imports = [...imported].map(
    ([source, names]) => `import { ${[...names].toSorted().join(", ")} } from "${SOURCES[source] ?? source}";`,
  );
  const text = `// The clouds' sections of the config. Made by scripts/gen from controller/providers/*/config.ts; changes are lost.
${imports.join("\n")}

${bodies.join("\n")}
/** In the order in which their faults are told. */
export const cloudSections = { ${ranked.map(({ id }) => `${id}: ${id}Sections()`).join(", ")} };
`;
  return { file: { path: "shared/config/schema/sections.gen.ts", text }, faults };
}

/** In a function of its own: names of helpers are the cloud's own affair. */
function copyOf(id: string, text: string): string {
  const body = text
    .replace(IMPORT, "")
    .replace(/^\/\/.*\n/, "")
    .replace(/^export function/gm, "function")
    .trim();
  const has = KINDS.filter((kind) => body.includes(`function ${kind}(`));
  return `function ${id}Sections() {\n${body}\nreturn { ${has.join(", ")} };\n}\n`;
}
