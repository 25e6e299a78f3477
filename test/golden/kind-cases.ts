// Runs generated cases of one kind, frozen with SkyPilot's answers: calls of its functions, and files of tasks and volumes.
import { z } from "zod";
import { nameOnCloud } from "#shared/name-on-cloud.ts";
import { parseTask } from "#shared/task/parse.ts";
import { formatPortRanges, parsePortRange } from "#shared/task/port-ranges.ts";
import type { Problem } from "#shared/task/problem.ts";
import { skypilotAlternative } from "#shared/task/skypilot-form.ts";
import { memoryText } from "#shared/task/units.ts";
import { validateText } from "#shared/task/validate.ts";
import { parseVolume, skypilotVolumeFile } from "#shared/task/volume.ts";
import { canonical, type Outcome } from "./outcome.ts";

const kindCase = z.object({
  fn: z.string().optional(),
  in: z.unknown().optional(),
  kw: z.record(z.string(), z.unknown()).optional(),
  group: z.string().optional(),
  yaml: z.string().optional(),
  /** What SkyPilot made of it: the facts of the kind alone; or the class of its refusal. */
  out: z.unknown().optional(),
  error_class: z.string().optional(),
});

export type KindInput = z.infer<typeof kindCase>;

export type KindAnswer = { readonly ok: true; readonly out: unknown } | { readonly ok: false; readonly error_class: string; readonly problems: readonly Problem[] };

/** The frozen cases of a kind against the real code. */
export function runKindCases(content: unknown): Outcome[] {
  const { kind, cases } = z.object({ kind: z.string(), cases: z.array(kindCase) }).parse(content);
  return cases.map((one) => {
    const found = kindAnswer(one);
    const expected = one.error_class ?? canonical(one.out);
    const shown = found.ok ? canonical(found.out) : found.error_class;
    return { title: one.yaml ?? `${one.fn} ${canonical(one.in)} ${canonical(one.kw)}`, passed: shown === expected && isOneLine(found) && isKnownFor(kind, one), expected, found: shown };
  });
}

/** What we make of a case. */
export function kindAnswer(one: KindInput): KindAnswer {
  if (one.fn !== undefined) {
    const out = called(one.fn, one.in, one.kw ?? {});
    return out === undefined ? { ok: false, error_class: "ValueError", problems: [] } : { ok: true, out };
  }
  if (one.group === "volume") {
    const parsed = parseVolume(one.yaml ?? "");
    return parsed.ok ? { ok: true, out: kindFacts("volume", skypilotVolumeFile(parsed.volume)) } : refusal(parsed.problems);
  }
  const parsed = parseTask(one.yaml ?? "");
  return parsed.ok ? { ok: true, out: kindFacts("task", { resources_alternatives: parsed.task.resources.alternatives.map(skypilotAlternative) }) } : refusal(parsed.problems);
}

function refusal(problems: readonly Problem[]): KindAnswer {
  return { ok: false, error_class: problems[0]?.class ?? "none", problems };
}

function called(fn: string, input: unknown, kw: Readonly<Record<string, unknown>>): unknown {
  if (fn === "ports") {
    const ranges = z.array(z.string()).parse(input).map(parsePortRange);
    const read = ranges.flatMap((range) => ("reason" in range ? [] : [range]));
    return read.length < ranges.length ? undefined : formatPortRanges(read);
  }
  if (fn === "name_on_cloud") return nameOnCloud(String(input), { lengthMax: typeof kw["max_length"] === "number" ? kw["max_length"] : null, userHash: String(kw["user_hash"]) });
  return memoryText(String(input), { isWhole: kw["ret_type"] === "int", isRounding: kw["allow_rounding"] === true, allowPlus: kw["allow_plus"] === true, allowX: kw["allow_x"] === true });
}

/** A file of Ray's is no task, whatever keys they share. */
function isKnownFor(kind: string, { yaml = "" }: KindInput): boolean {
  return kind !== "ray-cluster" || validateText("cluster.yaml", yaml).kind === "other";
}

/** What is kept of an answer: the alternatives of a task, in an order of their own, since a set has none. */
export function kindFacts(group: string, result: unknown): unknown {
  if (group !== "task") return result;
  const { resources_alternatives: alternatives } = z.looseObject({ resources_alternatives: z.array(z.unknown()) }).parse(result);
  return alternatives.toSorted((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
}

/** Neither what is wrong nor what to do about it may break the line it stands in. */
export function isOneLine(found: KindAnswer): boolean {
  return found.ok || found.problems.every(({ message, hint = "" }) => !/\p{Cc}|[\u2028\u2029]/u.test(message + hint));
}
