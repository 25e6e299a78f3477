// Output that nobody takes: a reader that has gone, a full disk. Every command ends, and soon.
import { expect, setDefaultTimeout, test } from "bun:test";
import { untilJob } from "./answers.ts";
import { Deployment, stixProgram } from "./harness.ts";

setDefaultTimeout(240_000);

const helpPages = ["--help", "launch --help", "jobs --help"];
const answers = [
  "--version",
  "help",
  "status",
  "status -o json",
  "queue f",
  "logs f 1 --tail 0",
  "logs f 1 --no-follow",
  "logs f 1 --status",
  "exec f 'seq 1 20000'",
  "launch -y -c f 'echo again'",
  "launch --dryrun --infra local true",
  "offer --cpus 2",
  "gpus list",
  "gpus list -o json",
  "api info",
  "api status -a",
  "api logs --server-logs --no-follow",
  "check",
  "cost-report",
  "task schema",
  "completion bash",
  "events",
  "events -o json",
  "autostop -y -i 5 f",
  "cancel -y f 1",
  "api start",
];
const commands = [...helpPages, ...answers];
/** A command that hangs is killed, and shows itself by its status. */
const LIMIT = "timeout -k 1 30";

/** Runs one shell line for each command, a few at once; gives what was not as `right` says. */
async function wrong(
  on: Deployment,
  line: (command: string) => string,
  right: (status: number, stderr: string) => boolean,
): Promise<string[]> {
  const rest = [...commands];
  const found: string[] = [];
  const worker = async () => {
    for (let command = rest.shift(); command !== undefined; command = rest.shift()) {
      const child = Bun.spawn(["bash", "-c", line(command)], {
        cwd: on.work,
        env: { ...on.env, STIX: stixProgram },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      await child.exited;
      const status = Number(/status=(\d+)/.exec(stdout + stderr)?.[1] ?? -1);
      const said = stderr.replace(/status=\d+\n/, "");
      if (!right(status, said)) found.push(`stix ${command}: ${status}\n${said.slice(0, 600)}`);
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  return found;
}

const isTrace = (text: string) => /\n\s+at .+:\d+|^\s*\d+ \| /m.test(text) || text.includes("STIX_DEBUG");

test("a reader that has gone ends every command quietly, a full disk with one error, and neither hangs", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "f", "--infra", "local", "seq 1 200000"]);
  await untilJob(on, "f", 1, "SUCCEEDED");

  // The reader is gone before the command begins.
  const gone = await wrong(
    on,
    (command) => `{ read -r _ < <(sleep 0.1); ${LIMIT} "$STIX" ${command}; echo "status=$?" >&2; } | :`,
    (status, stderr) => status === 141 && !/error:/.test(stderr) && !isTrace(stderr),
  );
  const full = await wrong(
    on,
    (command) => `${LIMIT} "$STIX" ${command} >/dev/full; echo "status=$?" >&2`,
    (status, stderr) =>
      status === 1 &&
      (stderr.match(/^error:/gm) ?? []).length === 1 &&
      stderr.includes("the standard output cannot be written: there is no room left") &&
      stderr.includes("try:") &&
      !isTrace(stderr),
  );

  expect(gone.join("\n")).toBe("");
  expect(full.join("\n")).toBe("");
});

test("a story that cannot be told changes neither the answer nor the status", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "f", "--infra", "local", "seq 1 200000"]);
  await untilJob(on, "f", 1, "SUCCEEDED");
  const run = (line: string) =>
    Bun.spawnSync(["bash", "-c", line], { cwd: on.work, env: { ...on.env, STIX: stixProgram }, stdin: "ignore" });

  for (const stderr of ["/dev/full", ">(:)"]) {
    const whole = run(
      `${LIMIT} "$STIX" logs f 1 --tail 0 2> ${stderr} | grep -c 'pid='; echo "status=\${PIPESTATUS[0]}"`,
    );
    const unknown = run(`${LIMIT} "$STIX" lanch 2> ${stderr}; echo "status=$?"`);
    const done = run(`${LIMIT} "$STIX" exec f 'echo done' 2> ${stderr}; echo "status=$?"`);

    expect(whole.stdout.toString()).toBe("200000\nstatus=0\n");
    expect(unknown.stdout.toString()).toBe("status=2\n");
    expect(done.stdout.toString()).toContain(") done\n");
    expect(done.stdout.toString()).toEndWith("status=0\n");
  }
});

test("a slow reader gets everything, and Ctrl-C is heard while it reads nothing", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "f", "--infra", "local", "seq 1 200000"]);
  await untilJob(on, "f", 1, "SUCCEEDED");
  const run = (line: string) =>
    Bun.spawnSync(["bash", "-c", line], { cwd: on.work, env: { ...on.env, STIX: stixProgram }, stdin: "ignore" });

  const slow = run(`"$STIX" logs f 1 --tail 0 2>/dev/null | { sleep 1; grep -c 'pid='; }`);
  const interrupted = run(
    `mkfifo held; exec 3<>held; timeout --foreground 30 "$STIX" logs f 1 --tail 0 >held 2>/dev/null & sleep 2; kill -INT $(pgrep -P $!); wait $!; echo "status=$?"`,
  );

  expect(slow.stdout.toString()).toBe("200000\n");
  expect(interrupted.stdout.toString()).toBe("status=130\n");
});
