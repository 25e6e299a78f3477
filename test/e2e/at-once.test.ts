// Many commands at the same moment, on a machine where nothing runs yet.
import { expect, setDefaultTimeout, test } from "bun:test";
import { clusters, outputLines } from "./answers.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(240_000);

test("ten launches at once without a server start one server and ten clusters", async () => {
  await using on = new Deployment();
  const numbers = Array.from({ length: 10 }, (_, at) => at);

  const ended = await Promise.all(
    numbers.map((at) => on.stix(["launch", "-y", "-c", `c${at}`, "--infra", "local", `echo I am ${at}`])),
  );

  for (const at of numbers) {
    expect(ended[at]?.status, `${ended[at]?.all}${on.evidence()}`).toBe(0);
    expect(outputLines(ended[at]?.stdout ?? "")).toEqual([`I am ${at}`]);
  }
  expect(on.processes("server").length).toBe(1);
  expect(on.processes("hub").length).toBe(1);
  expect((await clusters(on)).filter((cluster) => cluster.status === "UP").length).toBe(10);
});

test("ten launches of one name make one cluster and ten jobs", async () => {
  await using on = new Deployment();

  const ended = await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      on.stix(["launch", "-y", "-c", "one", "--infra", "local", `echo I am ${at}`]),
    ),
  );
  const outputs = ended.flatMap((each) => outputLines(each.stdout)).sort();

  expect(
    ended.map((each) => each.status),
    ended.map((each) => each.all).join("\n") + on.evidence(),
  ).toEqual(Array.from({ length: 10 }, () => 0));
  expect(outputs).toEqual(Array.from({ length: 10 }, (_, at) => `I am ${at}`));
  expect((await clusters(on)).length).toBe(1);
  expect(on.clusterFolders().length).toBe(1);
});

test("the server can be stopped and started by anybody at any time", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-c", "s", "--infra", "local", "true"]);

  await Promise.all([on.stix(["api", "stop"]), on.stix(["api", "stop"]), on.stix(["status"])]);
  await on.ok(["api", "stop"]);
  const stopped = on.processes("server");
  const started = await Promise.all(Array.from({ length: 5 }, () => on.stix(["api", "start"])));

  expect(stopped).toEqual([]);
  expect(
    started.map((each) => each.status),
    started.map((each) => each.all).join("\n"),
  ).toEqual([0, 0, 0, 0, 0]);
  expect(on.processes("server").length).toBe(1);
});
