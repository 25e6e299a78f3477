// Reading whole files: places, several problems, documents, and what clients send.
import { describe, expect, test } from "bun:test";
import { parseDag, type ParseOptions } from "./parse.ts";
import { formatProblem, type Problem } from "./problem.ts";
import type { Dag, Task } from "./task.ts";

function dagOf(text: string, options: ParseOptions = {}): Dag {
  const parsed = parseDag(text, options);
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join("; "));
  return parsed.dag;
}

function taskOf(text: string, options: ParseOptions = {}): Task {
  const [task] = dagOf(text, options).tasks;
  if (task === undefined) throw new Error("no task");
  return task;
}

function problemsOf(text: string, options: ParseOptions = {}): readonly Problem[] {
  const parsed = parseDag(text, options);
  return parsed.ok ? [] : parsed.problems;
}

describe("task/parse", () => {
  test("every problem of a file is told at once, each with its place", () => {
    const text = "name: x\nresourcs: {}\nresources:\n  cpus: abc\nenvs:\n  A-B: 1\n";

    const places = problemsOf(text).map(({ class: className, line, column }) => `${line}:${column} ${className}`);

    expect(places).toEqual(["2:1 InvalidSkyPilotConfigError", "6:3 InvalidSkyPilotConfigError", "4:9 ValueError"]);
  });

  test("a problem is shown with its line, a caret and what to write", () => {
    const [problem] = problemsOf("name: x\nresourcs: {}\n");

    expect(problem && formatProblem(problem, "task.yaml")).toBe(
      [
        "task.yaml:2:1: task: unknown key 'resourcs'. Instead of 'resourcs', did you mean 'resources'?",
        "  2 | resourcs: {}",
        "    | ^",
        "  try: write 'resources'",
      ].join("\n"),
    );
  });

  test("what SkyPilot's client sends reads as the task it stands for", () => {
    const body =
      'name: cpu\n---\n\nname: cpu\n\nresources:\n  cpus: 2+\n  image_id:\n    null: docker:ubuntu\n\nnum_nodes: 1\n\nrun: echo hi\n\nfile_mounts: {}\n\nfile_mounts_mapping:\n  ~/a: ~/a\n\nvolumes: {}\n\n_metadata:\n  git_commit: abc\n\n_user_specified_yaml: "name: cpu\\nrun: echo hi\\n"\n';

    const dag = dagOf(body);

    expect(dag.kind).toBe("single");
    expect(dag.tasks[0]).toEqual({
      name: "cpu",
      numNodes: 1,
      resources: {
        kind: "set",
        alternatives: [{ cpus: { value: 2, atLeast: true, text: "2+" }, imageId: { "": "docker:ubuntu" } }],
      },
      envs: {},
      secrets: {},
      secretReferences: [],
      fileMounts: {},
      storageMounts: {},
      fileMountsMapping: { "~/a": "~/a" },
      volumes: {},
      run: "echo hi",
      metadata: { git_commit: "abc" },
      userYaml: "name: cpu\nrun: echo hi\n",
    });
  });

  test("values of the command line win, and fill a variable that has none", () => {
    const task = taskOf("envs: {A: , B: file}\nsecrets: {S: , T: kept}\nworkdir: /${A}/$S", {
      env: { A: "flag" },
      secrets: { S: "hush" },
    });

    expect(task.envs).toEqual({ A: "flag", B: "file" });
    expect(task.secrets).toEqual({ T: "kept", S: "hush" });
    expect(task.secretReferences).toEqual([]);
    expect(task.workdir).toBe("/flag/hush");
  });

  test("variables are put in only where SkyPilot puts them in", () => {
    const task = taskOf(
      "envs: {A: x}\nsecrets: {A: y}\nname: $A\nrun: echo $A\nsetup: ${A}\nfile_mounts: {/$A: s3://$A/$UNKNOWN}\nvolumes: {/v: $A}",
    );

    expect([task.name, task.run, task.setup]).toEqual(["$A", "echo $A", "${A}"]);
    expect(task.fileMounts).toEqual({ "/y": "s3://y/$UNKNOWN" });
    expect(task.volumes).toEqual({ "/v": "y" });
  });

  test("documents are a chain, a header before them names it", () => {
    const dag = dagOf("name: p\n---\nname: a\nrun: x\n---\n---\nrun: y\n");

    expect([dag.kind, dag.name, dag.tasks.length]).toEqual(["pipeline", "p", 2]);
  });

  test("a job group has names, primaries and delays, and unknown keys of its header are only warned of", () => {
    const parsed = parseDag(
      "name: g\nexecution: parallel\nprimary_tasks: [a]\ntermination_delay: {b: 30, default: 5m}\ninter_connection: false\nfoo: 1\n---\nname: a\n---\nname: b\n",
    );

    expect(parsed.ok && parsed.dag.group).toEqual({
      name: "g",
      execution: "parallel",
      primaryTasks: ["a"],
      terminationDelay: { b: "30", default: "5m" },
      interConnection: false,
    });
    expect(parsed.ok && parsed.warnings.map((warning) => `${warning.line} ${warning.message}`)).toEqual([
      "6 key 'foo' of a job group's header is not known",
    ]);
  });

  test("a file may hold no task", () => {
    expect(parseDag("# nothing\n")).toMatchObject({ ok: true, dag: { kind: "pipeline", tasks: [] }, warnings: [] });
  });

  test("what only a server may judge is left to it, and refused where it is one", () => {
    const text = "config: {aws: {use_ssm: true}}\nrun: x";

    expect(problemsOf(text)).toEqual([]);
    expect(problemsOf(text, { strict: true }).map((problem) => problem.class)).toEqual(["InvalidSkyPilotConfigError"]);
  });

  test("accelerators are named and found by memory through what the caller knows", () => {
    const names: ParseOptions = {
      canonicalAccelerator: (name) => (name.toLowerCase() === "a100" ? "A100" : undefined),
      acceleratorsWithMemory: ({ memoryGib, atLeast, manufacturer }) =>
        memoryGib === 40 && atLeast && manufacturer === "nvidia" ? ["A100", "L40"] : [],
    };

    const byName = taskOf("resources: {accelerators: a100:2}", names).resources.alternatives;
    const byMemory = taskOf("resources: {accelerators: 'NVIDIA:40GB+:4'}", names).resources;

    expect(byName).toEqual([{ accelerator: { name: "A100", count: 2 } }]);
    expect(byMemory.kind).toBe("set");
    expect(byMemory.alternatives.map((each) => each.accelerator)).toEqual([
      { name: "A100", count: 4 },
      { name: "L40", count: 4 },
    ]);
    expect(taskOf("resources: {accelerators: 3GB}", names).resources.alternatives[0]?.accelerator).toEqual({
      name: "3GB",
      count: 1,
    });
  });

  test("missing local paths are problems only when they are asked about", () => {
    const text = "workdir: here\nfile_mounts: {/a: gone, /b: s3://bucket, /c: {source: s3://b}}";
    const options: ParseOptions = { baseDir: "/home/u", pathExists: (path) => path === "/home/u/here" };

    expect(problemsOf(text, options)).toEqual([]);
    expect(problemsOf(text, { ...options, checkPaths: true }).map((problem) => problem.message)).toEqual([
      "source of file mount /a does not exist: 'gone'",
    ]);
  });

  test("a registry's login reaches the alternatives that run a container", () => {
    const login = "SKYPILOT_DOCKER_USERNAME: u, SKYPILOT_DOCKER_PASSWORD: p, SKYPILOT_DOCKER_SERVER: s";

    const task = taskOf(`secrets: {${login}}\nresources: {any_of: [{image_id: 'docker:x'}, {infra: aws}]}`);

    expect(task.resources.alternatives.map((each) => each.dockerLogin)).toEqual([
      { username: "u", password: "p", server: "s" },
      undefined,
    ]);
    expect(problemsOf("envs: {SKYPILOT_DOCKER_USERNAME: u}\nrun: x").map((problem) => problem.class)).toEqual([
      "ValueError",
    ]);
  });
});
