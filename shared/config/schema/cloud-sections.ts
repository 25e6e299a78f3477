// The clouds' sections of a schema, by the clouds' names.
import type { z } from "zod";
import type { Strictness } from "./parts.ts";
import { cloudSections } from "./sections.gen.ts";

type Maker = (strictness: Strictness) => z.ZodType;
type Kind = "configSection" | "workspaceSection" | "taskSection";

const all: Readonly<Record<string, Partial<Readonly<Record<Kind, Maker>>>>> = cloudSections;

/** Only of the clouds that have one of this kind; each may be left out of a config. */
export function sectionsOf(kind: Kind, strictness: Strictness): Readonly<Record<string, z.ZodOptional<z.ZodType>>> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([cloud, { [kind]: make }]) =>
      make === undefined ? [] : [[cloud, make(strictness).optional()]],
    ),
  );
}
