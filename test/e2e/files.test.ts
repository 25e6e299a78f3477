// Files that go to nodes: what is never taken away there, and what stays at home.
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { outputLines } from "./answers.ts";
import { Deployment, stixProgram } from "./harness.ts";

setDefaultTimeout(180_000);

/** Lays files below work/. */
function lay(on: Deployment, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(on.work, path, ".."), { recursive: true });
    writeFileSync(join(on.work, path), content);
  }
}

test("results that a job left on the node outlive a workdir and mounts that have a file or link in their place", async () => {
  await using on = new Deployment();
  lay(on, {
    "w/main.sh": "mkdir -p out && echo precious > out/result.txt && mkdir -p ~/data && echo mine > ~/data/own.txt\n",
    "plain.txt": "a file\n",
  });
  const task = on.file("task.yaml", "workdir: w\nresources:\n  infra: local\nrun: sh main.sh\n");
  const mount = on.file("mount.yaml", "file_mounts:\n  ~/data: plain.txt\nresources:\n  infra: local\nrun: echo ran\n");
  await on.ok(["launch", "-y", "-c", "k", task]);
  const [home = ""] = on.nodeHomes();
  const kept = () => [
    readFileSync(join(home, "sky_workdir/out/result.txt"), "utf8"),
    readFileSync(join(home, "data/own.txt"), "utf8"),
  ];

  symlinkSync("/nowhere", join(on.work, "w/out"));
  const byLink = await on.stix(["exec", "k", task]);
  rmSync(join(on.work, "w/out"));
  lay(on, { "w/out": "a file" });
  const byFile = await on.stix(["launch", "-y", "-c", "k", task]);
  const byMount = await on.stix(["launch", "-y", "-c", "k", mount]);

  for (const [ended, path] of [
    [byLink, "~/sky_workdir/out"],
    [byFile, "~/sky_workdir/out"],
    [byMount, "~/data"],
  ] as const) {
    expect(ended.status, ended.all + on.evidence()).toBe(1);
    expect(ended.stderr).toContain(`'${path}' is a folder on the node`);
    expect(ended.stderr).toContain("nothing was deleted");
  }
  expect(kept()).toEqual(["precious\n", "mine\n"]);
  rmSync(join(on.work, "w/out"));
  expect(outputLines(await on.ok(["exec", "k", "cat ~/sky_workdir/out/result.txt"]))).toContain("precious");
});

test("a workdir that is a file is refused by client and server, whether the file or a flag says it", async () => {
  await using on = new Deployment();
  lay(on, { "w.txt": "a file\n", "w/a": "x" });

  const byFile = await on.stix(["launch", "-y", "-c", "k", on.file("t.yaml", "workdir: w.txt\nrun: echo hi\n")]);
  const byFlag = await on.stix(["launch", "-y", "-c", "k", "--workdir", "w.txt", on.file("u.yaml", "run: echo hi\n")]);
  const overridden = await on.stix(["launch", "-y", "-c", "k", "--workdir", "w", join(on.work, "t.yaml")]);

  for (const ended of [byFile, byFlag]) {
    expect(ended.status).not.toBe(0);
    expect(ended.stderr).toMatch(/directory/);
  }
  expect(overridden.status, overridden.all).toBe(0);
});

test("paths of this machine are only written where a sync made them, and two nodes may share them", async () => {
  await using on = new Deployment();
  // Not below /tmp, where SkyPilot lets syncs add to what is there.
  const place = join("/var/tmp", `stix-e2e-${process.pid}-${Date.now()}`);
  mkdirSync(join(place, "taken"), { recursive: true });
  writeFileSync(join(place, "taken/own.txt"), "own\n");
  lay(on, { "d/a.txt": "one\n" });
  const task = (destination: string) =>
    on.file("t.yaml", `num_nodes: 2\nfile_mounts:\n  ${destination}: d\nrun: cat ${destination}/a.txt\n`);
  try {
    const refused = await on.stix(["launch", "-y", "-c", "k", task(`${place}/taken`)]);
    const made = await on.stix(["launch", "-y", "-c", "k", task(`${place}/new`)]);
    lay(on, { "d/a.txt": "second\n" });
    const again = await on.stix(["launch", "-y", "-c", "k", task(`${place}/new`)]);

    expect(refused.status, refused.all).toBe(1);
    expect(refused.stderr).toContain(`'${place}/taken' is a folder on the node`);
    expect(readFileSync(join(place, "taken/own.txt"), "utf8")).toBe("own\n");
    expect(existsSync(join(place, "taken/a.txt"))).toBe(false);
    expect([made.status, again.status], made.all + again.all + on.evidence()).toEqual([0, 0]);
    expect(readFileSync(join(place, "new/a.txt"), "utf8")).toBe("second\n");
  } finally {
    rmSync(place, { recursive: true });
  }
});

/** What of each folder must not leave home, and why. */
const folderWithRules: Readonly<Record<string, string>> = {
  "main.sh": "cat ../data/* keep.log\n",
  ".env": "SECRET=1",
  ".gitignore": ".env\n*.log\n!keep.log\n{x,y}.txt\nbuild/\n",
  "keep.log": "kept\n",
  "drop.log": "",
  "x.txt": "x",
  "mine.txt": "",
  "build/out.o": "",
  "sub/.gitignore": "!again.log\nlocal.txt\n",
  "sub/again.log": "",
  "sub/local.txt": "",
  "sub/.env": "",
  "local.txt": "",
  ".git/HEAD": "ref: refs/heads/main\n",
  ".git/info/exclude": "mine.txt\n",
  ".git/logs/x.log": "",
};
const folderAsSent = [
  ".git/HEAD",
  ".git/info/exclude",
  ".git/logs/x.log",
  ".gitignore",
  "keep.log",
  "local.txt",
  "main.sh",
  "sub/.gitignore",
  "sub/again.log",
  "x.txt",
];

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => lstatSync(join(folder, path)).isFile())
    .sort();
}

test("ignore files hold for workdir and mounts, beside the server and through an upload, .skyignore wins, and a dangling link warns", async () => {
  await using on = new Deployment();
  for (const folder of ["w", "m"])
    lay(
      on,
      Object.fromEntries(Object.entries(folderWithRules).map(([path, content]) => [`${folder}/${path}`, content])),
    );
  lay(on, { "m/.skyignore": "*.txt\n.git\n", "named.log": "a file that is named is sent\n" });
  const task = on.file(
    "t.yaml",
    "workdir: w\nfile_mounts:\n  ~/data: m\n  ~/named.log: named.log\nresources:\n  infra: local\nrun: cat keep.log ~/named.log\n",
  );

  symlinkSync("keep.log", join(on.work, "m/good"));
  symlinkSync("../not-sent/either", join(on.work, "m/dangling"));

  const direct = await on.stix(["launch", "-y", "-c", "direct", task]);
  // A server that is not the one this client would start is taken for one on another machine.
  const through = {
    SKYPILOT_API_SERVER_ENDPOINT: `http://127.0.0.1:${on.port}`,
    STIX_API_PORT: "1",
    STIX_HOME: join(on.root, "another-state"),
  };
  const uploaded = await on.stix(["launch", "-y", "-c", "sent", task], { env: through });

  expect(uploaded.stderr).toContain("Uploading");
  for (const ended of [direct, uploaded]) {
    expect(ended.status, ended.all + on.evidence()).toBe(0);
    expect([...ended.all.matchAll(/Warning: .*/g)].map(String)).toEqual([
      "Warning: '~/data/dangling' is a link that leads nowhere on the node.",
    ]);
  }
  const homes = on.nodeHomes();
  expect(homes).toHaveLength(2);
  for (const home of homes) {
    expect(filesBelow(join(home, "sky_workdir"))).toEqual(folderAsSent);
    expect(filesBelow(join(home, "data"))).toEqual([
      ".env",
      ".gitignore",
      ".skyignore",
      "build/out.o",
      "drop.log",
      "keep.log",
      "main.sh",
      "sub/.env",
      "sub/.gitignore",
      "sub/again.log",
    ]);
    expect(readFileSync(join(home, "named.log"), "utf8")).toContain("is sent");
  }
  // Another state folder is another user to the server.
  await on.ok(["down", "-y", "sent"], { env: through });
});

test("--env-file expands variables, leaves out with a warning what is no statement, and faults name the file's line", async () => {
  await using on = new Deployment();
  const env = on.file("some.env", "export BASE=/data\nDIR=${BASE}/${OUTSIDE}\nOTHER=${GONE:-else}\n'broken\n");
  const task = on.file("t.yaml", 'envs:\n  DIR: unset\nrun: echo "$DIR $OTHER"\n');

  const launched = await on.stix(["launch", "-y", "-c", "k", "--env-file", env, task], {
    env: { OUTSIDE: "from here" },
  });
  const faulty = await on.stix(["exec", "k", "--env-file", on.file("bad.env", "A=1\n\nnot.a.name=2\n"), task]);

  expect(outputLines(launched.stdout), launched.all + on.evidence()).toContain("/data/from here else");
  expect(launched.stderr).toContain(`warning: ${env}:4: this is no KEY=VALUE and is left out`);
  expect(faulty.status).not.toBe(0);
  expect(faulty.stderr).toContain("bad.env:3: 'not.a.name' is no name for an environment variable");
});

test("logs --sync-down keeps the output of an earlier cluster's job, and the same job's is brought up to date in place", async () => {
  await using on = new Deployment();
  const down = async () => await on.stix(["logs", "k", "1", "--sync-down"]);
  await on.ok(["launch", "-y", "-c", "k", "-n", "same", "echo first cluster"]);
  await down();
  const again = await down();
  await on.ok(["down", "-y", "k"]);
  await on.ok(["launch", "-y", "-c", "k", "-n", "same", "echo second cluster"]);
  const other = await down();

  const folder = join(on.home, "sky_logs/k-1-same");
  expect([again.status, again.stderr]).toEqual([0, ""]);
  expect(other.stderr, other.all).toContain(`'${folder}' held the output of another job; it is now '${folder}.1'`);
  expect(readFileSync(`${folder}/tasks/run.log`, "utf8")).toContain("second cluster");
  expect(readFileSync(`${folder}.1/tasks/run.log`, "utf8")).toContain("first cluster");
});

test("a startup file of the user's shell is never half written: when it cannot be changed it is as it was", async () => {
  await using on = new Deployment();
  const real = join(on.home, "dotfiles-bashrc");
  const text = "# mine\n".repeat(20_000);
  writeFileSync(real, text, { mode: 0o640 });
  symlinkSync(real, join(on.home, ".bashrc"));
  // No file may grow beyond 64 kB, as on a disk that is nearly full.
  const install = (limit: string) =>
    Bun.spawnSync(
      ["/bin/bash", "-c", `trap '' XFSZ; ulimit -f ${limit}; exec "$0" completion install bash`, stixProgram],
      { env: { ...on.env, SHELL: "/bin/bash" } },
    );

  const failed = install("64");
  const afterFailure = readFileSync(real, "utf8");
  const done = install("unlimited");

  expect(failed.exitCode).not.toBe(0);
  expect(failed.stderr.toString()).toContain("it is as it was");
  expect(afterFailure).toBe(text);
  expect(done.exitCode, done.stderr.toString()).toBe(0);
  expect(readFileSync(real, "utf8")).toStartWith(text);
  expect([lstatSync(join(on.home, ".bashrc")).isSymbolicLink(), lstatSync(real).mode & 0o777]).toEqual([true, 0o640]);
  expect(readdirSync(on.home).filter((name) => name.endsWith(".stix"))).toEqual([]);
});
