// Compares what SkyPilot and we make of generated task files, and explains every difference that is meant.
import { join } from "node:path";
import { formatDag } from "#shared/task/format.ts";
import { parseDag, parseTask } from "#shared/task/parse.ts";
import { recordedDag, recordedTask } from "#test/golden/yaml-cases.ts";
import { canonical } from "#test/golden/outcome.ts";
import { generateCases, type GeneratedCase } from "./differential-cases.ts";
import type { FunctionCase } from "./differential-kinds.ts";

export interface Answer {
  readonly ok: boolean;
  readonly result?: unknown;
  readonly error_class?: string;
  readonly message?: string;
}

const COUNT_DEFAULT = 4000;

async function compareAll(cases: readonly GeneratedCase[], seed: number, pythonPath: string): Promise<boolean> {
  const theirs = await askSkypilot(cases, pythonPath);
  const tally = new Map<string, number>();
  let unexplained = 0;
  let said = 0;
  let refused = 0;
  for (const [index, one] of cases.entries()) {
    const their = theirs[index] ?? { ok: false, error_class: "NoAnswer" };
    const our = ours(one);
    const verdict = judge(one, their, our);
    tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
    if (!their.ok && !our.ok && their.error_class === our.error_class) {
      refused += 1;
      if (missingWords(their, our).length === 0) said += 1;
      else if (process.env["STIX_DIFFERENTIAL_WORDS"] === "1")
        console.log(`words ${JSON.stringify(one.yaml)}\n  ${their.message}\n  ${our.message}`);
    }
    if (verdict !== "different") continue;
    unexplained += 1;
    console.log(`${one.group} ${JSON.stringify(one.yaml)}\n  theirs ${shown(their)}\n  ours   ${shown(our)}`);
  }
  console.log(`${cases.length} files, seed ${seed}`);
  for (const [verdict, times] of [...tally].sort((a, b) => b[1] - a[1]))
    console.log(`${String(times).padStart(6)}  ${verdict}`);
  console.log(`${said} of ${refused} refusals of the same class name all that SkyPilot's message names`);
  return unexplained === 0;
}

/** What we write of the files that are right, SkyPilot must read as the same. Returns how many it does not. */
async function compareWritten(cases: readonly GeneratedCase[], pythonPath: string): Promise<number> {
  const written = cases.flatMap(({ yaml }) => {
    const parsed = parseDag(yaml);
    const isTask = parsed.ok && parsed.dag.tasks.length > 0 && !yaml.includes("_cluster_config_overrides");
    return isTask ? [{ text: formatDag(parsed.dag, { secrets: "keep" }), result: recordedDag(parsed.dag) }] : [];
  });
  const theirs = await askSkypilot(
    written.map(({ text }) => ({ group: "dag", yaml: text })),
    pythonPath,
  );
  const different = written.filter(({ text, result }, index) => {
    const their = theirs[index];
    // Without a network SkyPilot cannot look up instance types.
    if (their?.error_class === "ConnectionError") return false;
    const isSame = their?.ok === true && canonical(sorted(their.result)) === canonical(sorted(result));
    if (!isSame)
      console.log(`written\n${text}\n  theirs ${shown(their ?? { ok: false })}\n  ours   ${canonical(sorted(result))}`);
    return !isSame;
  });
  console.log(
    `${written.length - different.length} of ${written.length} files that we wrote are read by SkyPilot as the same`,
  );
  return different.length;
}

export async function askSkypilot(
  cases: readonly (GeneratedCase | FunctionCase)[],
  pythonPath: string,
): Promise<Answer[]> {
  const child = Bun.spawn([pythonPath, join(import.meta.dir, "differential-oracle.py")], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  const input = cases.map((one) => JSON.stringify(one)).join("\n");
  const answer = new Response(child.stdout).text();
  await child.stdin.write(`${input}\n`);
  await child.stdin.end();
  return (await answer)
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Answer);
}

function ours(one: GeneratedCase): Answer {
  if (one.group === "dag") {
    const parsed = parseDag(one.yaml);
    return parsed.ok ? { ok: true, result: recordedDag(parsed.dag) } : refusal(parsed.problems);
  }
  const parsed = parseTask(one.yaml);
  return parsed.ok ? { ok: true, result: recordedTask(parsed.task) } : refusal(parsed.problems);
}

function refusal(
  problems: readonly { readonly class: string; readonly message: string; readonly hint?: string }[],
): Answer {
  const message = problems.map((problem) => `${problem.message} [${problem.hint ?? ""}]`).join(" | ");
  return { ok: false, error_class: problems[0]?.class ?? "none", message };
}

/** Faults of Python that users were never meant to see. */
export const RAW_ERRORS = new Set([
  "TypeError",
  "AttributeError",
  "IndexError",
  "KeyError",
  "RecursionError",
  "ValidationError",
  "JSONDecodeError",
]);

/** What PyYAML says of a text that is no YAML; which of them depends on its inner stages. */
export const SYNTAX_ERRORS = new Set([
  "ScannerError",
  "ParserError",
  "ComposerError",
  "ConstructorError",
  "ReaderError",
]);

/** "same", the reason of a difference that is meant, or "different". */
function judge(one: GeneratedCase, their: Answer, our: Answer): string {
  if (their.ok && our.ok) {
    const isSame = canonical(sorted(their.result)) === canonical(sorted(our.result));
    return isSame ? "same" : (reason(one, their, our) ?? "different");
  }
  if (!their.ok && !our.ok && their.error_class === our.error_class) return "same";
  const theirClass = their.error_class ?? "";
  const ourClass = our.error_class ?? "";
  if (SYNTAX_ERRORS.has(theirClass) && SYNTAX_ERRORS.has(ourClass)) return "both: no YAML, in other words";
  if (RAW_ERRORS.has(theirClass) && !our.ok) return "theirs: a fault of Python; ours: a clean refusal";
  return reason(one, their, our) ?? "different";
}

export function reason(one: GeneratedCase, their: Answer, our: Answer): string | undefined {
  const text = one.yaml;
  if (their.error_class === "ConnectionError") return "theirs: wants to download its catalog";
  if (their.ok && /\b(nan|inf)\b/i.test(text) && /neither a number/.test(our.message ?? ""))
    return "ours: no machine has nan vCPUs";
  if (their.ok && our.ok && one.group === "dag" && /^name: 3$/m.test(text) && sameButName(their, our))
    return "ours: the name of a pipeline is text";
  if (their.error_class === "TypeError" && our.ok && /readiness_probe: (null|~)?[,}]/.test(text))
    return "theirs: a fault of Python; ours: an empty readiness_probe is none";
  if (!their.ok && !our.ok && SYNTAX_ERRORS.has(their.error_class ?? ""))
    return "both refuse: a slip that SkyPilot's parser does not take";
  if (!our.ok && SYNTAX_ERRORS.has(our.error_class ?? "")) return "ours: a slip that our parser does not take";
  if (!their.ok && !our.ok && /foo: null/.test(text))
    return "both refuse, another fault first: an unknown key without a value";
  if (/<StorageType|<DiskTier/.test(their.message ?? "")) return "theirs: a fault, its own value fails its own schema";
  if (/(gpus|accelerators): (\[\]|\{\})/.test(text) && !our.ok)
    return "ours: an empty list of accelerators is refused at once";
  if (/region: ""/.test(text) && their.ok && our.ok) return "ours: an empty region is none, for images too";
  if (/file_mounts_mapping/.test(text) && their.ok && our.ok)
    return "ours: an empty entry of file_mounts_mapping, which only programs write, is none";
  if (our.message?.includes("begins a comment only after a space") === true)
    return "ours: a comment begins after a space";
  if (/podslice/.test(text) && their.ok && /docker/.test(`${canonical(our.result)}${our.message}`))
    return "ours: a slice of TPUs is on Kubernetes, so its image is a container";
  if (/store: volume/i.test(text)) return "a bucket written as a disk, with keys that mean nothing for a disk";
  if (/_cluster_config_overrides/.test(text) && !their.ok) return "a key only servers write, beside a fault";
  if (one.group === "dag" && /already at line/.test(our.message ?? ""))
    return "ours: a key given twice is refused in every document";
  return undefined;
}

function sameButName(their: Answer, our: Answer): boolean {
  const named = (answer: Answer) =>
    canonical(sorted({ ...asRecord(answer.result), name: String(asRecord(answer.result)["name"]) }));
  return named(their) === named(our);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

export function missingWords(their: Answer, our: Answer): string[] {
  const words = [...(their.message ?? "").matchAll(/["'`]([^"'`]{1,40})["'`]/g)].map((match) => match[1] ?? "");
  const paths = [...(their.message ?? "").matchAll(/\$[.[][\w.[\]]*/g)].map((match) => match[0]);
  return [...words, ...paths].filter((word) => !(our.message ?? "").includes(word));
}

/** A set of alternatives has no order. */
function sorted(result: unknown): unknown {
  if (typeof result !== "object" || result === null) return result;
  const record: Record<string, unknown> = { ...result };
  if (Array.isArray(record["tasks"])) record["tasks"] = record["tasks"].map(sorted);
  const alternatives: unknown = record["resources_alternatives"];
  if (record["resources_kind"] === "set" && Array.isArray(alternatives)) {
    record["resources_alternatives"] = (alternatives as unknown[]).toSorted((a, b) =>
      canonical(a) < canonical(b) ? -1 : 1,
    );
  }
  return record;
}

function shown(answer: Answer): string {
  return answer.ok
    ? canonical(answer.result)
    : `${answer.error_class}: ${(answer.message ?? "").replace(/\n/g, "\\n").slice(0, 400)}`;
}

if (import.meta.main) {
  const [countText, seedText] = process.argv.slice(2);
  const python = process.env["STIX_SKYPILOT_PYTHON"];
  if (python === undefined) throw new Error("run scripts/differential: it knows where SkyPilot is");
  const seed = Number(seedText ?? 1);
  const cases = generateCases(Number(countText ?? COUNT_DEFAULT), seed);
  const isSame = await compareAll(cases, seed, python);
  const different = await compareWritten(cases, python);
  process.exit(isSame && different === 0 ? 0 : 1);
}
