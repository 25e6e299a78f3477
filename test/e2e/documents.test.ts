// Every command that the documents show is run, in the order in which it stands there, in a folder such as a reader would have.
import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment, stixProgram } from "./harness.ts";

const root = join(import.meta.dir, "../..");

interface Expected {
  readonly line: RegExp;
  readonly status?: number;
  /** Goes on until it is told to end. */
  readonly endless?: boolean;
  /** Proved elsewhere, or would run this very test. */
  readonly instead?: string | null;
}

/** What is not simply "ends with 0". */
const expectations: readonly Expected[] = [
  { line: /^\.\/scripts\/quickstart/, instead: null }, // test/e2e/quickstart.test.ts
  { line: /^\.\/scripts\/test/, instead: "./scripts/test house" },
  { line: /^nats /, instead: null }, // test/contract/events-document.test.ts, with a client of its own
  { line: /^stix catalog update/, instead: null }, // asks the vendors; catalog/refresh/update.test.ts
  { line: /--(watch|follow|foreground|server-logs)\b| -f\b|^stix top/, endless: true },
];

/** Long enough for a first answer of what goes on until it is told to end. */
const ENDLESS_MS = 2_000;
const LIMIT_MS = 240_000;

interface Line {
  readonly text: string;
  readonly block: number;
}

/** Lines of the blocks marked `sh`, without comments. */
function shellLines(document: string): Line[] {
  const blocks = [...document.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");
  return blocks.flatMap((block, at) =>
    block
      .split("\n")
      .map((line) => ({ text: line.replace(/\s+#\s.*$/, "").trim(), block: at }))
      .filter(({ text }) => text !== ""),
  );
}

interface Ended {
  readonly status: number;
  readonly output: string;
}

/** By bash, as a reader would; questions are answered with yes. */
async function run(on: Deployment, line: string, endless: boolean): Promise<Ended> {
  const inRepository = /^(\.\/)?scripts\/|^bun /.test(line);
  const child = Bun.spawn(["bash", "-c", line], {
    cwd: inRepository ? root : on.work,
    env: {
      ...on.env,
      PATH: `${join(on.root, "bin")}:${join(root, "node_modules/.bin")}:${on.env["PATH"] ?? ""}`,
      CI: "1",
      SHELL: "/bin/bash",
    },
    stdin: new Blob(["y\ny\n"]),
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
  const timer = setTimeout(
    () => process.kill(-child.pid, endless ? "SIGINT" : "SIGKILL"),
    endless ? ENDLESS_MS : LIMIT_MS,
  );
  const [out, err, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  clearTimeout(timer);
  return { status, output: out + err };
}

function reader(): Deployment {
  const on = new Deployment({ env: { STIX_LOCAL_ACCELERATORS: "A100:8" } });
  mkdirSync(join(on.root, "bin"));
  symlinkSync(stixProgram, join(on.root, "bin/stix"));
  cpSync(join(root, "examples"), join(on.work, "examples"), { recursive: true });
  const task = 'resources:\n  infra: local\nrun: echo "rank $SKYPILOT_NODE_RANK of $SKYPILOT_NUM_NODES"\n';
  for (const name of ["task.yaml", "train.yaml"]) writeFileSync(join(on.work, name), task);
  writeFileSync(join(on.work, "eval.py"), "print('ok')\n");
  return on;
}

async function followDocument(
  on: Deployment,
  file: string,
  judge: (line: string, ended: Ended, expected: Expected | undefined) => string | null,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const { text } of shellLines(readFileSync(join(root, file), "utf8"))) {
    const expected = expectations.find(({ line }) => line.test(text));
    if (expected?.instead === null) continue;
    const ended = await run(on, expected?.instead ?? text, expected?.endless === true);
    const fault = judge(text, ended, expected);
    if (fault !== null) wrong.push(`${file}: ${text}\n  ${fault}\n${ended.output.slice(-1_500)}`);
  }
  return wrong;
}

/** A guide's commands work one after the other. */
function mustWork(_line: string, { status }: Ended, expected: Expected | undefined): string | null {
  if (expected?.endless === true) return [0, 130, -2].includes(status) ? null : `ended with ${status}`;
  return status === (expected?.status ?? 0) ? null : `ended with ${status}, not ${expected?.status ?? 0}`;
}

/** An example of the reference is understood, and does what it says or tells by name why it cannot here. */
function mustBeUnderstood(_line: string, { status, output }: Ended): string | null {
  if (status === 2) return /not built in this version|cannot do that yet/.test(output) ? null : "was not understood";
  if (status === 70 || /\n\s+at .*:\d+:\d+/.test(output)) return "broke";
  return status === 0 || status === 130 || /error:|failed|Aborted/i.test(output)
    ? null
    : `ended with ${status} without a word`;
}

const guides = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md") && name !== "cli.md")
    .map((name) => `docs/${name}`),
];

describe("documents", () => {
  for (const file of guides.filter((each) => shellLines(readFileSync(join(root, each), "utf8")).length > 0)) {
    test(`the commands of ${file} work one after the other`, async () => {
      await using on = reader();
      expect(await followDocument(on, file, mustWork)).toEqual([]);
    }, 600_000);
  }

  test("every example of docs/cli.md is understood, and says so where it cannot be done here", async () => {
    await using on = reader();
    expect(await followDocument(on, "docs/cli.md", mustBeUnderstood)).toEqual([]);
  }, 600_000);
});
