// Generated files: what `task validate` accepts, the client sends and the server takes, and nothing else.
import { expect, test } from "bun:test";
import { acceleratorNames } from "#catalog/names.ts";
import { openCatalog } from "#catalog/load.ts";
import { parseRequestDag } from "#controller/operations/parse-request-task.ts";
import { isStixError } from "#shared/errors/stix-error.ts";
import { formatDag } from "#shared/task/format.ts";
import { judgeText } from "#shared/task/judge.ts";
import { validateText } from "#shared/task/validate.ts";
import { generateCases } from "#scripts/differential-cases.ts";

const COUNT = 1000;
const SEED = 19;

const catalog = openCatalog();

/** What a launch makes of a file: the client's own judgement, and the server's of what it is sent. */
function launches(text: string): string {
  const atClient = judgeText(text, { overrides: {}, isWritten: true });
  if (!atClient.ok) return "refused";
  try {
    parseRequestDag({ catalog: () => catalog }, formatDag(atClient.dag, { secrets: "keep" }));
    return "taken";
  } catch (error) {
    if (!isStixError(error)) throw error;
    return `refused by the server: ${error.message}`;
  }
}

test("validate accepts what launch accepts, file by file", () => {
  const odd: unknown[] = [];
  let taken = 0;
  for (const { yaml } of generateCases(COUNT, SEED)) {
    const validated = validateText("task.yaml", yaml, { isNamed: true });
    const launched = launches(yaml);
    if (launched === "taken") taken += 1;
    if (launched !== (validated.ok ? "taken" : "refused")) odd.push({ yaml, validated: validated.errors[0]?.message ?? "accepted", launched });
  }

  expect(odd).toEqual([]);
  expect(taken).toBeGreaterThan(COUNT / 10);
  expect(taken).toBeLessThan(COUNT);
}, 60_000);

test("the names that the catalog knows change no judgement", () => {
  const names = acceleratorNames(catalog.devices());
  const odd = generateCases(COUNT, SEED + 1).filter(({ yaml }) => judgeText(yaml).ok !== judgeText(yaml, names).ok);

  expect(odd).toEqual([]);
}, 60_000);
