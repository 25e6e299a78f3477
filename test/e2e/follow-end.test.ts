// A follower whose cluster is taken away is told that, and not that something does not answer.
import { expect, setDefaultTimeout, test } from "bun:test";
import { expectClearError } from "./clear-error.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(180_000);

test("down and stop end those who follow, in words; -f follows as the default does", async () => {
  await using on = new Deployment();
  await Promise.all(
    ["gone", "halted"].map((name) =>
      on.ok(["launch", "-y", "-d", "-c", name, "--infra", "local", "echo begun; sleep 300"]),
    ),
  );
  await using logs = on.start(["logs", "-f", "gone", "1"]);
  await using exec = on.start(["exec", "halted", "echo begun; sleep 300"]);
  await Promise.all([logs.waitFor("begun"), exec.waitFor("begun")]);

  await Promise.all([on.ok(["down", "-y", "gone"]), on.ok(["stop", "-y", "halted"])]);
  const [afterDown, afterStop] = await Promise.all([logs.ended(60_000), exec.ended(60_000)]);

  expectClearError(afterDown, "cluster 'gone' was removed, and the job ended with it");
  expect(afterDown.stderr).toContain("try: stix status");
  // Its head may still tell how the job ended, or be gone already.
  expect(afterStop.all).toMatch(
    /the cluster was stopped before the job ended|cluster 'halted' was stopped, and the job ended with it/,
  );
});
