// Compares SkyPilot and us over the kinds of differential-kinds.ts, and freezes SkyPilot's answers as cases for CI.
import { join } from "node:path";
import { canonical } from "#test/golden/outcome.ts";
import { isOneLine, kindAnswer, kindFacts, type KindAnswer } from "#test/golden/kind-cases.ts";
import { askSkypilot, missingWords, RAW_ERRORS, reason, SYNTAX_ERRORS, type Answer } from "./differential.ts";
import { generateKind, KINDS, type Kind, type KindCase } from "./differential-kinds.ts";

const COUNT_DEFAULT = 1000;
const SEED_DEFAULT = 20;
const folder = join(import.meta.dir, "../test/golden/cases");

interface Compared {
  readonly one: KindCase;
  /** SkyPilot's answer as it is frozen. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What SkyPilot's refusal names and ours does not. */
  readonly missing: readonly string[];
  /** "same", the reason of a difference that is meant, or "different". */
  readonly verdict: string;
}

async function compareKind(kind: Kind, count: number, seed: number, python: string): Promise<Compared[]> {
  const cases = generateKind(kind, count, seed);
  const theirs = await askSkypilot(cases, python);
  return cases.map((one, index) => {
    const their = theirs[index] ?? { ok: false, error_class: "NoAnswer" };
    const our = kindAnswer(one);
    const facts = their.ok
      ? { out: "fn" in one ? their.result : kindFacts(one.group, their.result) }
      : { error_class: their.error_class };
    const said = our.ok ? "" : our.problems.map(({ message, hint = "" }) => `${message} ${hint}`).join(" ");
    const missing = their.ok || our.ok || "fn" in one ? [] : missingWords(their, { ok: false, message: said });
    return { one, facts, missing, verdict: judge(one, their, our, facts) };
  });
}

function judge(one: KindCase, their: Answer, our: KindAnswer, facts: Readonly<Record<string, unknown>>): string {
  if (!isOneLine(our)) return "different";
  if (their.ok && our.ok && canonical(facts["out"]) === canonical(our.out)) return "same";
  if (!their.ok && !our.ok) {
    if (their.error_class === our.error_class) return "same";
    if (SYNTAX_ERRORS.has(their.error_class ?? "") && SYNTAX_ERRORS.has(our.error_class))
      return "both: no YAML, in other words";
    if (RAW_ERRORS.has(their.error_class ?? "")) return "theirs: a fault of Python; ours: a clean refusal";
  }
  if (their.ok && !our.ok && /nan|inf/i.test(JSON.stringify(one))) return "ours: nothing has nan of anything";
  if ("fn" in one) return "different";
  const said = our.ok
    ? { ok: true, result: our.out }
    : { ok: false, error_class: our.error_class, message: our.problems.map(({ message }) => message).join(" ") };
  return reason(one, their, said) ?? "different";
}

function report(kind: Kind, compared: readonly Compared[]): number {
  const tally = Map.groupBy(compared, ({ verdict }) => verdict);
  const silent = compared.filter(({ missing }) => missing.length > 0);
  console.log(
    `${kind}: ${[...tally].map(([verdict, all]) => `${all.length} ${verdict}`).join(", ")}; ${silent.length} refusals do not name all that SkyPilot's name`,
  );
  if (process.env["STIX_DIFFERENTIAL_WORDS"] === "1")
    for (const { one, missing } of silent.slice(0, 12))
      console.log(`  ${JSON.stringify("yaml" in one ? one.yaml : one)} ${JSON.stringify(missing)}`);
  const different = tally.get("different") ?? [];
  for (const { one, facts } of different.slice(0, 12)) {
    const our = kindAnswer(one);
    console.log(
      `  ${JSON.stringify("fn" in one ? [one.fn, one.in, one.kw] : one.yaml)}\n    theirs ${canonical(facts)}\n    ours   ${our.ok ? canonical(our.out) : `${our.error_class}: ${our.problems[0]?.message ?? ""}`}`,
    );
  }
  return different.length;
}

/** One case a line, so that a change is one line in a diff. */
async function freeze(kind: Kind, seed: number, compared: readonly Compared[]): Promise<void> {
  const kept = compared.filter(({ verdict }) => verdict === "same");
  const lines = kept.map(({ one, facts }) => {
    const { kind: _kind, ...input } = one;
    return `  ${JSON.stringify({ ...input, ...facts })}`;
  });
  await Bun.write(
    join(folder, `kind-${kind}.json`),
    `{"kind": "${kind}", "seed": ${seed}, "cases": [\n${lines.join(",\n")}\n]}\n`,
  );
}

const [mode, countText, seedText] = process.argv.slice(2);
const python = process.env["STIX_SKYPILOT_PYTHON"];
if (python === undefined) throw new Error("run scripts/differential: it knows where SkyPilot is");
const seed = Number(seedText ?? SEED_DEFAULT);
let differences = 0;
for (const kind of KINDS) {
  const compared = await compareKind(kind, Number(countText ?? COUNT_DEFAULT), seed, python);
  differences += report(kind, compared);
  if (mode === "freeze") await freeze(kind, seed, compared);
}
process.exit(differences === 0 ? 0 : 1);
