// SkyPilot's own client uploads each path as often as it is named: one file for two mounts, mounts inside the workdir and inside each other, links.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { startSkyUser, type SkyUser } from "./sky-user.ts";

let user: SkyUser;

beforeAll(async () => {
  user = await startSkyUser();
}, 600_000);

afterAll(async () => {
  await user?.[Symbol.asyncDispose]();
}, 120_000);

test("paths that overlap in an upload arrive everywhere they are wanted, links as links", async () => {
  const { deployment } = user;
  for (const folder of ["real/deep", "w/sub"]) mkdirSync(join(deployment.work, folder), { recursive: true });
  for (const [path, content] of [
    ["one.txt", "one\n"],
    ["w/main.sh", "echo main\n"],
    ["w/sub/cfg", "cfg\n"],
    ["real/deep/x", "deep\n"],
    ["real/y", "why\n"],
  ] as const)
    deployment.file(path, content);
  symlinkSync("sub", join(deployment.work, "w/to-sub"));
  symlinkSync("real", join(deployment.work, "linked"));
  deployment.file(
    "task.yaml",
    [
      "workdir: w",
      "file_mounts:",
      "  ~/a: one.txt",
      "  ~/b: one.txt",
      "  ~/cfg: w/sub/cfg",
      "  ~/sub: w/sub",
      "  ~/sky_workdir/extra: one.txt",
      "  ~/n: real",
      "  ~/n/deep/er: real/deep",
      "  ~/l: linked",
      "run: |",
      "  sh main.sh; cat ~/a ~/b ~/cfg ~/sub/cfg extra ~/n/y ~/n/deep/x ~/n/deep/er/x ~/l/y ~/l/deep/x to-sub/cfg; readlink to-sub; test ! -L ~/l && echo own-folder",
      "",
    ].join("\n"),
  );

  const launched = await user.client(["launch", "-y", "-c", "ov", "task.yaml"]);

  const printed = [...launched.matchAll(/^\(task, pid=\d+\) (.*)$/gm)].map(([, line]) => line);
  expect(printed, launched).toEqual([
    "main",
    "one",
    "one",
    "cfg",
    "cfg",
    "one",
    "why",
    "deep",
    "deep",
    "why",
    "deep",
    "cfg",
    "sub",
    "own-folder",
  ]);
  const [home = ""] = deployment.nodeHomes();
  expect(readFileSync(join(home, "sky_workdir/extra"), "utf8")).toBe("one\n");
  await user.client(["down", "-y", "ov"]);
}, 300_000);
