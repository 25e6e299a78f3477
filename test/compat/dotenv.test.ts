// Thousands of generated --env-file files: the same values and the same faults as python-dotenv, which SkyPilot's client brings along.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { join } from "node:path";
import { parseDotenv } from "#controller/cli/frame/task/dotenv.ts";

const FILES = 2_500;
const SEED = 20_261_125;

/** What both sides find outside of the file. */
const outside = { HOME: "/home/me", OUTSIDE: "from outside", EMPTY: "", LC_ALL: "C.UTF-8" };

const name = fc.constantFrom("A", "B", "AB", "a_1", "HOME", "1X", "A.B", "é", "'A B'", "'A", "export", "A-B", "");
const inner = fc.constantFrom(
  "x",
  "word",
  " ",
  "  ",
  "\t",
  "#",
  " #",
  "$",
  "${A}",
  "${B}",
  "${HOME}",
  "${OUTSIDE}",
  "${EMPTY:-d}",
  "${GONE:-d e}",
  "${GONE:-}",
  "${GONE}",
  "${A:-${B}}",
  "${}",
  "${A",
  "$A",
  "${a:b}",
  "${A:-x:y}",
  "\\n",
  "\\t",
  "\\\\",
  "\\'",
  '\\"',
  "\\a",
  "\\x41",
  "\\u0041",
  "\\",
  "'",
  '"',
  "é",
  "😀",
  "\u00a0",
  "\u2028",
  "\u0085",
  "\x1c",
  "\x0b",
  "=",
  ";",
  "\n",
  "\r\n",
  "\r",
);
const text = fc.array(inner, { maxLength: 6 }).map((parts) => parts.join(""));
const value = fc.oneof(
  text,
  text.map((one) => `'${one}'`),
  text.map((one) => `"${one}"`),
  fc.constant(""),
);
const blank = fc.constantFrom("", "", "", " ", "\t", "  ", "\u00a0");
const tail = fc.oneof(
  { weight: 5, arbitrary: fc.constant("") },
  { weight: 2, arbitrary: fc.constantFrom(" # comment", "#c", "  ", "x", " x", "'", '"') },
);
const end = fc.constantFrom("\n", "\n", "\n", "\r\n", "\r", "\n\n", "");
const statement = fc
  .tuple(
    blank,
    fc.constantFrom("", "", "", "export ", "export\t", "export"),
    name,
    blank,
    fc.constantFrom("=", "=", "=", "=", "", "=="),
    blank,
    value,
    tail,
    end,
  )
  .map((parts) => parts.join(""));
const file = fc
  .tuple(fc.constantFrom("", "", "", "\uFEFF", "\n\n", "# c\n"), fc.array(statement, { minLength: 1, maxLength: 5 }))
  .map(([start, lines]) => start + lines.join(""));

/** Reads files as JSON lines; answers each with its values and the lines where statements begin that it does not understand. */
const oracle = `
import io, json, sys, logging
from dotenv import dotenv_values
from dotenv.parser import parse_stream
logging.disable(logging.CRITICAL)
for line in sys.stdin:
    raw = json.loads(line).encode("utf-8")
    stream = lambda: io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8")
    skipped = []
    for binding in parse_stream(stream()):
        if binding.error:
            whole = binding.original.string
            skipped.append(binding.original.line + whole[: len(whole) - len(whole.lstrip())].count("\\n"))
    print(json.dumps({"values": dotenv_values(stream=stream()), "skipped": skipped}))
`;

interface Answer {
  readonly values: Readonly<Record<string, string | null>>;
  readonly skipped: readonly number[];
}

test(`${FILES} generated files are read as python-dotenv reads them`, async () => {
  const install = Bun.spawn([join(import.meta.dir, "../../scripts/test-parts/skypilot-client")], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const python = join((await new Response(install.stdout).text()).trim(), "../python");
  expect(await install.exited).toBe(0);
  const files = fc.sample(file, { numRuns: FILES, seed: SEED });

  const child = Bun.spawn([python, "-c", oracle], {
    env: outside,
    stdin: new Blob([files.map((one) => `${JSON.stringify(one)}\n`).join("")]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const theirs = (await new Response(child.stdout).text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);

  expect(await child.exited).toBe(0);
  expect(theirs).toHaveLength(FILES);
  let understood = 0;
  let refused = 0;
  for (const [index, one] of files.entries()) {
    const { entries, skipped } = parseDotenv(one, outside);
    const ours: Answer = {
      values: Object.fromEntries([...entries].map(([key, { value: given }]) => [key, given])),
      skipped,
    };
    expect({ file: one, ...ours }).toEqual({ file: one, ...(theirs[index] ?? { values: {}, skipped: [] }) });
    understood += entries.size;
    refused += skipped.length;
  }
  // Files that are all of one kind would prove little.
  expect(understood).toBeGreaterThan(FILES);
  expect(refused).toBeGreaterThan(FILES / 10);
}, 600_000);
