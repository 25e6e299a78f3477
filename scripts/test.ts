// Runs the tests group by group and adds up what the runners wrote down. A test file that crashed, hung or vanished counts as failed.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Glob } from "bun";
import { checkParts, houseFolder } from "./checks/parts.ts";
import { readJunit } from "./junit.ts";

interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** One line for each thing that failed. */
  readonly failures: readonly string[];
}

interface Group {
  readonly name: string;
  run(): Promise<Tally>;
}

const root = join(import.meta.dir, "..");
const resultsDir = join(root, ".build/test");
/** No group takes longer; a hung one must not hold the others back for ever. */
const groupLimitMs = 20 * 60_000;
/** One e2e file. */
const fileLimitMs = 12 * 60_000;

/** Nothing that runs here may read or write the state of the person who runs it. */
const stateHome = mkdtempSync(join(tmpdir(), "stix-test-"));

const groups: readonly Group[] = [
  ...checkParts.map(({ name, command }) => check(name, command)),
  tests("house", [houseFolder]),
  tests("unit", ["shared", "catalog", "controller", "skylet", "scripts"]),
  tests("contract", ["test/contract"]),
  tests("golden", ["test/golden"]),
  tests("sim", ["test/sim"]),
  check("build", [join(root, "scripts/build")]),
  testsFileByFile("compat", "test/compat"),
  testsFileByFile("e2e", "test/e2e"),
];

function environment(): Record<string, string | undefined> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(STIX|SKYPILOT)_/.test(name));
  return {
    ...Object.fromEntries(clean),
    CI: "1",
    NO_COLOR: "1",
    STIX_HOME: stateHome,
    STIX_NATS_SERVER: join(root, ".build/tools/nats-server"),
    PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
  };
}

interface Ended {
  readonly status: number | null;
  readonly logFile: string;
}

/** Runs to the end or to the limit, with the output in a file of its own. The whole process group is ended with it. */
async function run(name: string, command: readonly string[], limitMs: number): Promise<Ended> {
  const logFile = join(resultsDir, `${name}.log`);
  const child = Bun.spawn([...command], {
    cwd: root,
    env: environment(),
    stdin: "ignore",
    stdout: Bun.file(logFile),
    stderr: Bun.file(logFile),
    detached: true,
  });
  const timer = setTimeout(() => endGroup(child.pid), limitMs);
  await child.exited;
  clearTimeout(timer);
  endGroup(child.pid);
  return { status: child.exitCode, logFile };
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in the group: that is what we want.
  }
}

/** A command that passes or fails as a whole. */
function check(name: string, command: readonly string[]): Group {
  return {
    name,
    run: async () => {
      const { status, logFile } = await run(name, command, groupLimitMs);
      if (status === 0) return { passed: 1, failed: 0, failures: [] };
      return { passed: 0, failed: 1, failures: [`${name}: see ${relative(root, logFile)}`] };
    },
  };
}

/** All test files below `folders` in one process of the runner. */
function tests(name: string, folders: readonly string[]): Group {
  return { name, run: () => runFiles(name, testFiles(folders), groupLimitMs) };
}

/** A process for each file, so that one that crashes takes no other with it. */
function testsFileByFile(name: string, folder: string): Group {
  return {
    name,
    run: async () => {
      const tallies: Tally[] = [];
      for (const file of testFiles([folder])) {
        const label = `${name}-${file
          .slice(folder.length + 1)
          .replace(/\.test\.ts$/, "")
          .replaceAll("/", "-")}`;
        const startedAt = performance.now();
        const tally = await runFiles(label, [file], fileLimitMs);
        tallies.push(tally);
        report(`  ${label}`, tally, startedAt);
      }
      return sum(tallies);
    },
  };
}

function testFiles(folders: readonly string[]): string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      [...new Glob("**/*.test.ts").scanSync({ cwd: join(root, folder) })].map((file) => join(folder, file)),
    )
    .sort();
}

async function runFiles(name: string, files: readonly string[], limitMs: number): Promise<Tally> {
  if (files.length === 0) return { passed: 0, failed: 0, failures: [] };
  const junitFile = join(resultsDir, `${name}.xml`);
  const paths = files.map((file) => `./${file}`);
  const command = [process.execPath, "test", "--reporter=junit", `--reporter-outfile=${junitFile}`, ...paths];
  const { status, logFile } = await run(name, command, limitMs);
  const log = relative(root, logFile);
  const result = readJunit(existsSync(junitFile) ? readFileSync(junitFile, "utf8") : "");
  const silent = files.filter((file) => !result.files.has(file)).map((file) => `${file}: gave no result, see ${log}`);
  const failures = [...result.failures.map((failure) => `${failure}, see ${log}`), ...silent];
  // The runner can fail without naming a test: an error between tests, or a crash after the last.
  if (status !== 0 && failures.length === 0)
    failures.push(`${name}: the runner ended with ${status ?? "a signal"}, see ${log}`);
  return { passed: result.passed, failed: failures.length, failures };
}

function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, tally) => total + tally.passed, 0),
    failed: tallies.reduce((total, tally) => total + tally.failed, 0),
    failures: tallies.flatMap((tally) => tally.failures),
  };
}

function report(name: string, tally: Tally, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${name.padEnd(28)} ${String(tally.passed).padStart(6)} passed ${String(tally.failed).padStart(4)} failed ${seconds.padStart(7)} s`,
  );
  for (const failure of tally.failures) console.log(`    ${failure}`);
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !groups.some((group) => group.name === name));
  if (unknown !== undefined) {
    console.error(
      `error: no group of tests is called '${unknown}'\ntry:   scripts/test ${groups.map((group) => group.name).join(" ")}`,
    );
    process.exit(2);
  }
  rmSync(resultsDir, { recursive: true, force: true });
  mkdirSync(resultsDir, { recursive: true });
  const tallies: Tally[] = [];
  // What drives the executables needs them to be of this source.
  const wanted = asked.some((name) => name === "e2e" || name === "compat") ? [...asked, "build"] : asked;
  for (const group of groups.filter((each) => wanted.length === 0 || wanted.includes(each.name))) {
    const startedAt = performance.now();
    const tally = await group.run();
    tallies.push(tally);
    report(group.name, tally, startedAt);
  }
  rmSync(stateHome, { recursive: true, force: true });
  const total = sum(tallies);
  if (total.failures.length > 0)
    console.log(`\nfailed:\n${total.failures.map((failure) => `  ${failure}`).join("\n")}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main();
