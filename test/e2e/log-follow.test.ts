// Followed output arrives whole and once, whatever dies between the job and the reader.
import { expect, setDefaultTimeout, test } from "bun:test";
import { outputLines, rankLines } from "./answers.ts";
import { Deployment, until } from "./harness.ts";

setDefaultTimeout(240_000);

const lineCount = 600;

/** Uneven lines in several alphabets, some long, some empty, the last without its newline; about 15 seconds of them. */
const script = `i=0; while [ $i -lt ${lineCount} ]; do i=$((i+1)); case $((i % 7)) in 0) echo "";; 3) echo "$i čřžý 漢字 🙂";; 5) printf '%s ' $i; head -c 3000 /dev/zero | tr '\\0' x; echo;; *) echo "$i";; esac; sleep 0.025; done; printf 'end without newline'`;

function everyLine(): string[] {
  const lines = Array.from({ length: lineCount }, (_, at) => at + 1).map((i) => {
    if (i % 7 === 0) return "";
    if (i % 7 === 3) return `${i} čřžý 漢字 🙂`;
    if (i % 7 === 5) return `${i} ${"x".repeat(3000)}`;
    return String(i);
  });
  return [...lines, "end without newline"];
}

test("a follower sees every byte once through kill -9 of server, hub and skylet of a single node", async () => {
  await using on = new Deployment();
  const task = on.file("long.yaml", `name: long\nresources:\n  infra: local\nrun: |\n  ${script}\n`);
  await using follower = on.start(["launch", "-y", "-c", "l", task]);
  await follower.waitFor("\n");
  await follower.waitFor(/pid=\d+\) 20\n/);

  const killed: Record<string, number> = { server: 0, hub: 0, skylet: 0 };
  for (const role of ["server", "skylet", "hub", "server", "skylet"] as const) {
    killed[role] = (killed[role] ?? 0) + (await on.kill(role));
    const seen = follower.output().length;
    await until(
      `output goes on after the ${role} was killed`,
      () => follower.output().length > seen + 200,
      40_000,
      () => follower.errors() + on.evidence(),
    );
  }
  const ended = await follower.ended();
  const afterwards = await on.stix(["logs", "l", "1", "--no-follow"]);

  expect(killed["server"]).toBeGreaterThanOrEqual(2);
  expect(killed["skylet"]).toBeGreaterThanOrEqual(2);
  expect(ended.status, ended.stderr + on.evidence()).toBe(0);
  expect(outputLines(ended.stdout)).toEqual(everyLine());
  expect(outputLines(afterwards.stdout)).toEqual(everyLine());
});

test("both ranks of a gang are followed whole through kill -9 of bus, worker's and head's skylet, hub and server", async () => {
  await using on = new Deployment();
  const task = on.file("long.yaml", `name: long\nnum_nodes: 2\nresources:\n  infra: local\nrun: |\n  ${script}\n`);
  await using follower = on.start(["launch", "-y", "-c", "l", task]);
  await follower.waitFor(/rank=1, [^\n]*\) 20\n/);

  const kills = [
    ["bus", undefined],
    ["skylet", "n1"],
    ["skylet", "n0"],
    ["hub", undefined],
    ["server", undefined],
  ] as const;
  const counts: number[] = [];
  for (const [role, nid] of kills) {
    counts.push(await on.kill(role, nid));
    const seen = follower.output().length;
    await until(
      `output goes on after the ${role} ${nid ?? ""} was killed`,
      () => follower.output().length > seen + 200,
      40_000,
      () => follower.errors() + on.evidence(),
    );
  }
  const ended = await follower.ended();

  expect(counts).toEqual([1, 1, 1, 1, 1]);
  expect(ended.status, ended.stderr + on.evidence()).toBe(0);
  expect(rankLines(ended.stdout, 0)).toEqual(everyLine());
  expect(rankLines(ended.stdout, 1)).toEqual(everyLine());
});
