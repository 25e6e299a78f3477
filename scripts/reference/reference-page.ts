// A page of reference: every key of a schema, in a table for each top-level key, with its kinds and its note.
import type { SchemaRow } from "./schema-rows.ts";

export interface Page {
  readonly title: string;
  /** Markdown between the title and the tables. */
  readonly introduction: string;
  readonly rows: readonly SchemaRow[];
  readonly notes: Readonly<Record<string, string>>;
}

/** The page, and what does not fit together: keys without a note, notes without a key. */
export function referencePage(page: Page): { readonly text: string; readonly faults: readonly string[] } {
  const used = new Set<string>();
  const faults: string[] = [];
  const lines = page.rows.map(({ path, kinds }) => {
    const name = noteFor(path, page.notes);
    if (name === null) faults.push(`the key '${path}' has no note`);
    else used.add(name);
    return {
      top: path.split(/[.[]/)[0] ?? path,
      text: `| \`${path}\` | ${kinds} | ${(name === null ? "" : (page.notes[name] ?? "")).replaceAll("|", "\\|")} |`,
    };
  });
  for (const name of Object.keys(page.notes)) if (!used.has(name)) faults.push(`the note '${name}' has no key`);
  const sections = [...Map.groupBy(lines, ({ top }) => top)].map(([top, of]) =>
    of.length === 1
      ? { single: true, text: of[0]?.text ?? "" }
      : {
          single: false,
          text: table(
            `## \`${top}\``,
            of.map(({ text }) => text),
          ),
        },
  );
  const singles = sections.filter(({ single }) => single).map(({ text }) => text);
  const several = sections.filter(({ single }) => !single).map(({ text }) => text);
  const text = [`# ${page.title}`, page.introduction.trim(), table("## Single keys", singles), ...several].join("\n\n");
  return { text: `${text}\n`, faults };
}

function table(heading: string, rows: readonly string[]): string {
  return [heading, "", "| key | value | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The whole path's own note, or the longest pattern that fits: `*` for any beginning or any one name. */
function noteFor(path: string, notes: Readonly<Record<string, string>>): string | null {
  if (notes[path] !== undefined) return path;
  const fitting = Object.keys(notes).filter((name) => name.includes("*") && pattern(name).test(path));
  return fitting.toSorted((left, right) => right.length - left.length)[0] ?? null;
}

function pattern(name: string): RegExp {
  const escaped = name.replaceAll(/[.[\]]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/^\*/, ".+").replaceAll("*", "[^.]*(?:\\.cluster_configs\\.\\*)?")}$`);
}
