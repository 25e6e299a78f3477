// Reads `resources`: its alternatives, and the rules across keys of one alternative.
import { resourcesSchema, strictResourcesSchema } from "./schema/resources.ts";
import { readAccelerators, type AcceleratorChoice, type AcceleratorNames } from "./accelerators.ts";
import { readSingle, type ReadSingle, type WrittenAlternative } from "./alternative.ts";
import { withoutNulls } from "./compact.ts";
import { checked, refuse, refuseEmptyUnknown, SCHEMA_ERROR, within, type Scope } from "./report.ts";
import type { AcceleratorRequest, LifecycleHook, ResourcesChoice } from "./task.ts";

export interface ReadResources {
  readonly choice: ResourcesChoice;
  /** Hooks that `autostop` carried in its older form. */
  readonly hooks: readonly LifecycleHook[];
}

export interface ResourceOptions extends AcceleratorNames {
  /** Refuse keys that only another version knows, as a server does. */
  readonly strict?: boolean;
}

type Single = WrittenAlternative;

/** Undefined when refused; the report then says why. */
export function readResources(
  scope: Scope,
  written: Readonly<Record<string, unknown>>,
  names: ResourceOptions,
): ReadResources | undefined {
  if ("hooks" in written) {
    return refuse(
      within(scope, "hooks"),
      "ValueError",
      "hooks stand under `config.hooks:`, not under `resources.hooks:`",
      {
        at: "key",
        hint: "move the list to `config.hooks` at the top level",
      },
    );
  }
  const named = renameGpus(scope, written);
  if (named === undefined) return undefined;
  const renamed = withoutNulls(named);
  const value = checked(
    scope,
    "resources",
    names.strict === true ? strictResourcesSchema() : resourcesSchema(),
    renamed,
  );
  if (value === undefined) return undefined;
  const { any_of, ordered, accelerators, ...outer } = value;
  const chosen = chooseAccelerators(scope, accelerators, names);
  if (chosen === undefined) return undefined;
  const emptyUnknown = Object.keys(written).find(
    (key) => written[key] === null && key !== "gpus" && !(key in resourcesSchema().shape),
  );
  return combine(
    scope,
    {
      outer,
      anyOf: any_of ?? [],
      ordered: ordered ?? [],
      hasBoth: any_of !== undefined && ordered !== undefined,
      accelerators: chosen,
      emptyUnknown,
    },
    names,
  );
}

interface Parts {
  readonly outer: Single;
  readonly anyOf: readonly Single[];
  readonly ordered: readonly Single[];
  readonly hasBoth: boolean;
  readonly accelerators: AcceleratorChoice;
  readonly emptyUnknown: string | undefined;
}

const NO_ACCELERATORS: AcceleratorChoice = { kind: "set", requests: [], isFromMemory: false };

function chooseAccelerators(
  scope: Scope,
  written: string | Record<string, number | null> | string[] | undefined,
  names: AcceleratorNames,
): AcceleratorChoice | undefined {
  if (written === undefined) return NO_ACCELERATORS;
  return readAccelerators(within(scope, "accelerators"), written, names);
}

function combine(scope: Scope, parts: Parts, names: AcceleratorNames): ReadResources | undefined {
  const { outer, anyOf, ordered, accelerators } = parts;
  const isSeveral = accelerators.requests.length > 1;
  if (parts.hasBoth) {
    return refuse(within(scope, "ordered"), "ValueError", '"any_of" and "ordered" cannot stand in resources together', {
      at: "key",
    });
  }
  if (isSeveral && ordered.length > 0) {
    return refuse(
      within(scope, "ordered"),
      "ValueError",
      'several "accelerators" and "ordered" cannot stand together',
      { at: "key" },
    );
  }
  if (isSeveral && accelerators.kind === "list" && anyOf.length > 0) {
    return refuse(
      within(scope, "any_of"),
      "ValueError",
      'a list of "accelerators" and "any_of" cannot stand together',
      { at: "key" },
    );
  }
  if (parts.emptyUnknown !== undefined)
    return refuseEmptyUnknown(within(scope, parts.emptyUnknown), parts.emptyUnknown);
  const isList = ordered.length > 0 || (accelerators.kind === "list" && anyOf.length === 0);
  const items = alternatives(ordered.length > 0 ? "ordered" : "any_of", ordered.length > 0 ? ordered : anyOf);
  const read = items.flatMap((item) => expand(scope, outer, item, accelerators, names));
  if (read.some((each) => each === undefined)) return undefined;
  return finish(
    scope,
    isList ? "list" : "set",
    read.filter((each) => each !== undefined),
  );
}

interface Item {
  readonly path: readonly (string | number)[];
  readonly own: Single;
}

function alternatives(key: "any_of" | "ordered", items: readonly Single[]): Item[] {
  if (items.length === 0) return [{ path: [], own: {} }];
  return items.map((own, index) => ({ path: [key, index], own }));
}

/** One item with each accelerator of the outer level, unless it names its own. */
function expand(
  scope: Scope,
  outer: Single,
  item: Item,
  shared: AcceleratorChoice,
  names: AcceleratorNames,
): (ReadSingle | undefined)[] {
  const merged = { ...outer, ...item.own };
  if (outer.labels !== undefined && item.own.labels !== undefined)
    merged.labels = { ...outer.labels, ...item.own.labels };
  // A key of the item is looked up there, every other one at the outer level.
  const at = (key: string): Scope => (key in item.own ? within(scope, ...item.path, key) : within(scope, key));
  const own = item.own.accelerators;
  const choice = own === undefined ? shared : readAccelerators(at("accelerators"), own, names);
  if (choice === undefined) return [undefined];
  const requests: (AcceleratorRequest | undefined)[] =
    choice.requests.length === 0 ? [undefined] : [...choice.requests];
  return requests.map((request) => readSingle(at, merged, request, choice.isFromMemory));
}

function finish(scope: Scope, kind: "set" | "list", read: readonly ReadSingle[]): ReadResources | undefined {
  const all = read.map((each) => each.resources);
  const priorities = new Set(all.map((each) => each.priority));
  if (priorities.size > 1) {
    return refuse(within(scope, "priority"), "ValueError", "priority differs between the alternatives", {
      hint: "give all of them one priority, at the level of resources",
    });
  }
  const hook = read.findLast((each) => each.hook !== undefined)?.hook;
  return { choice: { kind, alternatives: all }, hooks: hook === undefined ? [] : [hook] };
}

/** `gpus` is another name of `accelerators`, here and in each alternative. */
function renameGpus(scope: Scope, written: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  if ("gpus" in written && "accelerators" in written) {
    return refuse(within(scope, "gpus"), SCHEMA_ERROR, "'gpus' and 'accelerators' are one thing: keep one of them", {
      at: "key",
    });
  }
  const renamed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(written)) {
    if (key !== "any_of" && key !== "ordered") {
      renamed[key === "gpus" ? "accelerators" : key] = value;
      continue;
    }
    renamed[key] = Array.isArray(value)
      ? value.map((item, index) => renameItem(within(scope, key, index), item))
      : value;
  }
  const isRefused = ["any_of", "ordered"].some(
    (key) => Array.isArray(renamed[key]) && renamed[key].includes(undefined),
  );
  return isRefused ? undefined : renamed;
}

function renameItem(scope: Scope, item: unknown): unknown {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
  return renameGpus(scope, { ...item });
}
