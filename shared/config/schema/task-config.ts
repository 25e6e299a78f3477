// The keys of the config that one task may set for itself, in its `config` section.
import { closed, exactWord, flag, integer, listOf, listOfUnique, text } from "../../schema/shapes.ts";
import { sectionsOf } from "./cloud-sections.ts";
import { openForClients, textOrTexts, type Strictness } from "./parts.ts";

export const HOOK_EVENTS = ["stop", "preemption", "down"] as const;

export function taskConfigSchema(strictness: Strictness) {
  return openForClients(
    {
      docker: closed({ run_options: textOrTexts().optional() }).optional(),
      nvidia_gpus: closed({ disable_ecc: flag().optional() }).optional(),
      active_workspace: text().optional(),
      ...sectionsOf("taskSection", strictness),
      hooks: listOf(hookSchema()).max(32).optional(),
    },
    strictness,
  );
}

function hookSchema() {
  return closed({
    run: text().min(1).max(16_384),
    events: listOfUnique(exactWord(HOOK_EVENTS)).min(1).optional(),
    timeout: integer().min(1).optional(),
  });
}
