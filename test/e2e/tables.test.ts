// Tables of the compiled command line in terminals of several widths: no line is broken by the terminal, names stay whole.
import { expect, setDefaultTimeout, test } from "bun:test";
import { untilJob } from "./answers.ts";
import { Deployment } from "./harness.ts";
import { stixTerminal } from "./pty.ts";

setDefaultTimeout(240_000);

const NAME = "team-alpha-experiment-017-lr";

/** What each prints, and what of it must be readable at every width. */
const tables: readonly { readonly args: readonly string[]; readonly whole: readonly string[] }[] = [
  { args: ["status"], whole: [NAME, "UP"] },
  { args: ["status", "-v"], whole: [NAME, "UP", "LAST_EVENT"] },
  { args: ["queue"], whole: ["a-job-with-a-name", "SUCCEEDED"] },
  { args: ["cost-report"], whole: [NAME, "$0.00"] },
  { args: ["api", "status", "-a", "-v"], whole: [NAME, "launch", "SUCCEEDED"] },
  { args: ["events"], whole: [NAME, "job-submitted"] },
  { args: ["gpus", "list"], whole: ["A100-80GB", "MI300X"] },
  { args: ["gpus", "list", "A100"], whole: ["A100", "AWS", "Lambda"] },
  { args: ["offer", "--gpus", "A100:8", "-l", "5"], whole: ["A100:8"] },
  { args: ["check", "aws"], whole: ["aws: disabled", "~/.aws/credentials"] },
  {
    args: ["launch", "--dryrun", "-y", "--gpus", "A100:8", "--assume-enabled", "aws,gcp,azure,lambda", "true"],
    whole: ["A100:8", "15.92", "✔"],
  },
];

test("every table fits terminals of 80, 60 and 40 columns, and in a pipe nothing is cut", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", NAME, "-n", "a-job-with-a-name", "--infra", "local", "true"]);
  await untilJob(on, NAME, 1, "SUCCEEDED");

  for (const { args, whole } of tables) {
    for (const columns of [80, 60, 40]) {
      await using terminal = stixTerminal(on, args, { columns });
      const { status, stdout } = await terminal.ended();
      expect(status, stdout).toBe(0);
      // Titles and sentences with a command are left to the terminal: broken by us they could not be pasted.
      for (const line of stdout.split("\n").filter((each) => !/stix | {2}# |^Job queue of /.test(each)))
        expect(Bun.stringWidth(line), `stix ${args.join(" ")} at ${columns}: ${line}`).toBeLessThanOrEqual(columns);
      for (const text of whole) expect(stdout, `stix ${args.join(" ")} at ${columns}`).toContain(text);
    }
    expect(await on.ok(args)).not.toContain("…");
  }
});
