// The config's `workspaces`: who may use which cloud, and how, in each of them.
import { closed, exactWord, flag, listOf, mapOf, text } from "../../schema/shapes.ts";
import { CLOUDS } from "../../task/schema/words.ts";
import { sectionsOf } from "./cloud-sections.ts";
import type { Strictness } from "./parts.ts";

/** Stores without machines; a workspace may switch them off like a cloud. */
export const STORAGE_CLOUDS = ["cloudflare", "coreweave", "vastdata", "huggingface"] as const;

export const READ_ACCESS = ["allowed_users", "all"] as const;

export function workspacesSchema(strictness: Strictness) {
  const sections = sectionsOf("workspaceSection", strictness);
  return mapOf(
    closed({
      private: flag().optional(),
      allowed_users: listOf(text()).optional(),
      read_access: exactWord(READ_ACCESS).optional(),
      ...sections,
      ...switchableClouds(new Set(Object.keys(sections))),
    }),
  );
}

function switchableClouds(withSection: ReadonlySet<string>) {
  const names = [...CLOUDS, ...STORAGE_CLOUDS].filter((cloud) => !withSection.has(cloud));
  const section = () => closed({ disabled: flag().optional() }).optional();
  return Object.fromEntries(names.map((cloud) => [cloud, section()]));
}
