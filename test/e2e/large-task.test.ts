// One limit for task files, the same in validate, client and server; below it a task runs, on every node.
import { expect, setDefaultTimeout, test } from "bun:test";
import { outputLines } from "./answers.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(300_000);

const MIB = 1024 * 1024;

/** A script with so much data in it, as base64 that no packing makes small. */
function taskOf(bytes: number): string {
  const line = Buffer.from(Array.from({ length: 57 }, (_, index) => (index * 89 + 7) % 251)).toString("base64");
  const data = `  ${line}\n`.repeat(Math.ceil((bytes - 300) / (line.length + 3)));
  return `num_nodes: 2\nresources:\n  infra: local\nrun: |\n  wc -c <<'END'\n${data}  END\n  echo "rank $SKYPILOT_NODE_RANK is done"\n`;
}

test("a task of 10 MB runs on every node, and one of 17 MB is refused by validate, client and server in the same words", async () => {
  await using on = new Deployment();
  const large = on.file("large.yaml", taskOf(10 * MIB));
  const tooLarge = taskOf(17 * MIB);
  const words = "17.0 MB, more than the 16 MB that one may have";

  const validated = await on.stix(["task", "validate", large]);
  const launched = await on.stix(["launch", "-y", "-c", "k", large]);
  const again = await on.stix(["exec", "k", large]);
  const refused = await on.stix(["task", "validate", on.file("huge.yaml", tooLarge)]);
  const unsent = await on.stix(["launch", "-y", "-c", "k", "huge.yaml"]);
  const direct = await fetch(`http://127.0.0.1:${on.port}/validate`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ dag: tooLarge, request_options: null }),
  });

  expect(validated.status, validated.all).toBe(0);
  for (const ended of [launched, again]) {
    expect(ended.status, ended.all.slice(-3000) + on.evidence()).toBe(0);
    expect(
      outputLines(ended.stdout)
        .filter((line) => line.endsWith("is done"))
        .sort(),
    ).toEqual(["rank 0 is done", "rank 1 is done"]);
  }
  for (const ended of [refused, unsent]) {
    expect(ended.status).not.toBe(0);
    expect(ended.all).toContain(words);
    expect(ended.all).not.toContain(":1:1");
  }
  expect([direct.status, await direct.text()]).toEqual([400, expect.stringContaining(words)]);
});
