// What the command line prints, word by word. After a wanted change: STIX_BLESS=1 bun test test/golden/cli, and read the difference.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leaves } from "#controller/cli/command-tree.ts";
import { startFixtureServer, type FixtureServer } from "./fixture-server.ts";
import { runWords } from "./run-words.ts";

const folder = join(import.meta.dir, "transcripts");
const bless = process.env["STIX_BLESS"] === "1";

interface Line {
  readonly words: readonly string[];
  readonly input?: string;
  readonly program?: string;
  readonly columns?: number;
}

const pages: readonly Line[] = [
  { words: [] },
  { words: ["--help"], program: "sky" },
  { words: ["jobs"] },
  ...leaves.map((leaf): Line => ({ words: [...leaf.path.split(" "), "--help"], columns: 100 })),
];

const transcripts: Readonly<Record<string, readonly Line[]>> = {
  help: pages,
  usage: [
    { words: ["lanch"] },
    { words: ["jobs", "lunch"] },
    { words: ["launch", "--gpuz", "A100"] },
    { words: ["launch", "--num-nodes", "three", "true"] },
    { words: ["launch", "--disk-tier", "hgh", "true"] },
    { words: ["launch", "--env", "NOT_SET_ANYWHERE", "true"] },
    { words: ["launch", "--env-file", "absent.env", "true"] },
    { words: ["launch", "--dryrun=yes"] },
    { words: ["exec", "train"] },
    { words: ["cancel"] },
    { words: ["logs", "train", "1", "2"] },
    { words: ["logs", "--provision", "--hook", "stop", "train"] },
    { words: ["status", "--ip"] },
    { words: ["jobs", "launch", "x.yaml"] },
    { words: ["serve", "up", "x.yaml", "-o", "json"] },
    { words: ["status", "-o", "jsn"], program: "sky" },
    { words: ["status", "--watch", "0"] },
    { words: ["queue", "--watch", "-o", "json"] },
    { words: ["down"] },
    { words: ["autostop", "train", "-i", "5", "--cancel"] },
    { words: ["start", "train", "--down"] },
    { words: ["launch", "-y", "-c", "9bad name", "true"] },
    { words: ["launch", "-y", "-c", "x".repeat(300), "true"] },
    { words: ["exec", "trian", "true"] },
    { words: ["queue", "dve"] },
    { words: ["down", "trian", "-y"] },
    { words: ["storage"] },
    { words: ["launch", "-y", "absent.yaml"] },
    { words: ["launch", "-y", "--infra", "aws", "--region", "us-east-1", "true"] },
  ],
  status: [
    { words: ["status"] },
    { words: ["status"], columns: 60 },
    { words: ["status", "-v"] },
    { words: ["status", "-u", "-v", "train"] },
    { words: ["status", "dev*", "nope"] },
    { words: ["status", "-o", "json", "dev"] },
    { words: ["status", "--ip", "train"] },
    { words: ["status", "--ip", "dev"] },
    { words: ["status", "--ip", "nope"] },
  ],
  jobs: [
    { words: ["queue"] },
    { words: ["queue", "nope"] },
    { words: ["queue", "train", "-o", "json"] },
    { words: ["logs", "train", "3"] },
    { words: ["logs", "train", "2", "--no-follow"] },
    { words: ["logs", "train", "2", "--status"] },
    { words: ["logs", "train", "99", "--status"] },
    { words: ["logs", "train", "3", "-o", "json"] },
    { words: ["logs", "train", "2", "--status", "-o", "json"] },
    { words: ["exec", "train", "echo hello", "-o", "json"] },
    { words: ["cancel", "train", "2", "-y"] },
    { words: ["cancel", "train"], input: "n" },
    { words: ["cancel", "nope", "1", "-y"] },
    { words: ["exec", "train", "echo hello"] },
    { words: ["exec", "-c", "train", "echo", "hello"] },
    { words: ["exec", "train", "-d", "--cpus", "4", "echo hello"] },
    { words: ["exec", "train", "--async", "echo hello"] },
    { words: ["exec", "dev", "echo hello"] },
    { words: ["exec", "dev", "echo hello"], program: "sky" },
  ],
  clusters: [
    { words: ["launch", "-y", "-c", "train", "echo hello"] },
    { words: ["launch", "-c", "fresh", "echo hello"], input: "y" },
    { words: ["launch", "-c", "fresh", "echo hello"], input: "n" },
    { words: ["launch", "-y", "-d", "echo hello"] },
    { words: ["launch", "-y", "-o", "json", "-c", "train", "echo hello"] },
    { words: ["launch", "-y", "-c", "x", "-"], input: "run: echo hi\nrnu: typo\nresources:\n  cpus: lots\n" },
    { words: ["down", "train", "-y"] },
    { words: ["down", "dev*"], input: "" },
    { words: ["down", "train", "dev", "-y", "-o", "json"] },
    { words: ["down", "nope", "-y", "-o", "json"] },
    { words: ["down", "nope", "-y"] },
    { words: ["stop", "train", "nope", "-y"] },
    { words: ["start", "train", "dev", "-y"] },
    { words: ["autostop", "train", "-y", "-i", "30", "--down"] },
    { words: ["autostop", "train", "-y", "--cancel"] },
    { words: ["check"] },
    { words: ["check", "-o", "json"] },
    { words: ["cost-report"] },
  ],
  tables: [80, 60, 40].flatMap((columns) =>
    [["status"], ["status", "-v"], ["queue"], ["cost-report"], ["api", "status", "-v"], ["gpus", "list"], ["gpus", "list", "H100"]].map((words) => ({ words, columns })),
  ),
  api: [
    { words: ["api", "status"] },
    { words: ["api", "status", "-v"] },
    { words: ["api", "cancel", "11111111", "-y"] },
    { words: ["api", "cancel", "-a"], input: "no" },
    { words: ["api", "get", "no-such-request"] },
    { words: ["api", "login", "-e", "https://stix.example.com"] },
    { words: ["gpus", "list"] },
    { words: ["gpus", "list", "H100"] },
    { words: ["gpus", "list", "NOSUCH"] },
    { words: ["gpus", "list", "H100:0"] },
    { words: ["show-gpus", "H100:8", "--cloud", "aws"] },
  ],
};

describe("transcripts of the command line", () => {
  let server: FixtureServer;
  const home = mkdtempSync(join(tmpdir(), "stix-transcripts-"));
  beforeAll(() => {
    server = startFixtureServer();
  });
  afterAll(() => {
    server[Symbol.dispose]();
    rmSync(home, { recursive: true, force: true });
  });

  for (const [name, lines] of Object.entries(transcripts)) {
    test(`${name} is as it was read and wanted`, async () => {
      const file = join(folder, `${name}.txt`);

      const printed = (await transcript(lines)).replaceAll(server.url, "http://SERVER").replaceAll(home, "/HOME");

      if (bless) writeFileSync(file, printed);
      expect(existsSync(file)).toBe(true);
      expect(printed).toBe(readFileSync(file, "utf8"));
    });
  }

  async function transcript(lines: readonly Line[]): Promise<string> {
    const parts: string[] = [];
    for (const line of lines) {
      const program = line.program ?? "stix";
      // Requests are numbered from one for every line, whatever stood before it.
      server[Symbol.dispose]();
      server = startFixtureServer();
      const ran = await runWords(line.words, { ...line, folder: home, url: server.url });
      const shown = line.words.map((word) => (/^[\w@%+=:,./*-]+$/.test(word) ? word : `'${word}'`)).join(" ");
      const width = line.columns === undefined || line.columns === 100 ? "" : `  # ${line.columns} columns`;
      const typed = line.input === undefined ? "" : `< ${JSON.stringify(line.input)}\n`;
      const errors = ran.stderr.replace(/\n$/, "").split("\n").flatMap((text) => (ran.stderr === "" ? [] : [`! ${text}\n`])).join("");
      parts.push(`$ ${program} ${shown}${width}\n${typed}${ran.stdout}${errors}= ${ran.exit}\n`);
    }
    return parts.join("\n").replaceAll(server.url, "http://SERVER").replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "http://SERVER");
  }
});
