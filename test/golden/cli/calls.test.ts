// What commands send: every flag at its place in the task or the call. Written again with STIX_BLESS=1.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFixtureServer, type FixtureServer } from "./fixture-server.ts";
import { runWords } from "./run-words.ts";

const lines: readonly (readonly string[])[] = [
  ["launch", "-y", "-d", "-c", "train", "task.yaml"],
  ["launch", "-y", "-d", "-c", "train", "--gpus", "A100:8", "--cpus", "8+", "--memory", "none", "--num-nodes", "3", "--infra", "aws/us-east-1", "--use-spot", "--disk-size", "500", "--disk-tier", "best", "--ports", "80,443", "--ports", "8000-8010", "task.yaml"],
  ["launch", "-y", "-d", "-c", "train", "--env", "A=flag", "--env-file", "vars.env", "--secret", "T=flag secret", "-n", "named", "--workdir", "sub", "task.yaml"],
  ["launch", "-y", "-d", "-c", "train", "-i", "10", "--down", "--wait-for", "jobs", "-r", "--fast", "--no-setup", "--priority", "7", "echo hi"],
  ["launch", "-y", "-d", "-c", "train", "--image-id", "docker:ubuntu:24.04", "-t", "p4d.24xlarge", "echo hi"],
  ["launch", "--dryrun", "-c", "train", "--max-cost", "1.5", "--assume-enabled", "aws,GCP", "echo hi"],
  ["launch", "-y", "-d", "-c", "empty"],
  ["exec", "-d", "train", "--num-nodes", "2", "-n", "eval", "echo hi"],
  ["exec", "-d", "task.yaml", "--cluster", "train", "--gpus", "A100:0.5"],
  ["queue", "train", "-s", "-u"],
  ["cancel", "train", "-u", "-y"],
  ["stop", "train", "--graceful", "--graceful-timeout", "60", "-y"],
  ["down", "train", "--purge", "-y"],
  ["start", "dev", "-i", "20", "--down", "--wait-for", "none", "-f", "-y"],
  ["autostop", "train", "-y"],
  ["check", "aws", "k8s", "-v", "-w", "research", "-o", "json"],
  ["cost-report", "--days", "0", "-o", "json"],
  ["gpus", "list", "H100:8", "--infra", "aws/us-east-1", "-o", "json"],
  ["api", "status", "-a", "-l", "none", "-c", "train", "-o", "json"],
  ["api", "cancel", "-u", "-y"],
];

describe("calls of the command line", () => {
  let home = "";
  let server: FixtureServer;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "stix-calls-"));
    mkdirSync(join(home, "sub"));
    writeFileSync(join(home, "mounted.txt"), "x");
    writeFileSync(join(home, "vars.env"), "A=file\nB=file\n");
    writeFileSync(join(home, "task.yaml"), "name: task\nworkdir: sub\nresources:\n  cpus: 4\n  memory: 16+\n  any_of:\n    - infra: aws\n    - infra: gcp\nfile_mounts:\n  /data/x: mounted.txt\nenvs:\n  A: yaml\n  C: yaml\nsecrets:\n  T: yaml\nrun: echo $A\n");
    server = startFixtureServer();
  });
  afterEach(() => {
    server[Symbol.dispose]();
    rmSync(home, { recursive: true, force: true });
  });

  test("every flag stands at its place in the task or the call", async () => {
    const file = join(import.meta.dir, "transcripts/calls.txt");
    const parts: string[] = [];
    const previous = process.cwd();
    process.chdir(home);
    for (const words of lines) {
      const before = server.calls.length;
      // The server counts as local, so that files stay where they are.
      const ran = await runWords(words, { folder: home, url: server.url, env: { STIX_API_PORT: new URL(server.url).port } });
      parts.push(`$ stix ${words.join(" ")}\n${server.calls.slice(before).map(shown).join("")}${ran.exit === 0 ? "" : ran.stderr}= ${ran.exit}\n`);
    }
    process.chdir(previous);

    const printed = parts.join("\n").replaceAll(home, "/HOME");

    if (process.env["STIX_BLESS"] === "1") writeFileSync(file, printed);
    expect(existsSync(file)).toBe(true);
    expect(printed).toBe(readFileSync(file, "utf8"));
  });
});

/** The task's YAML below the call, as it was sent. */
function shown(call: string): string {
  const start = call.indexOf("{");
  if (start === -1) return `${call}\n`;
  const { task, ...body }: { task?: string } & Record<string, unknown> = JSON.parse(call.slice(start));
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== false));
  const text = task === undefined ? "" : task.trimEnd().split("\n").map((line) => `  | ${line}\n`).join("");
  return `${call.slice(0, start)}${JSON.stringify(given)}\n${text}`;
}
