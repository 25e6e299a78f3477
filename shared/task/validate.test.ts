// Rows for files and folders, kinds of files, and the JSON Schema.
import { describe, expect, test } from "bun:test";
import { taskJsonSchema } from "./json-schema.ts";
import { validatePaths, validationRecord, validateText } from "./validate.ts";

const files: Readonly<Record<string, string | Uint8Array>> = {
  "jobs/train.yaml": "resources: {accelerators: {A100: 1, V100: 1}}\nrun: x\n",
  "jobs/bad.yml": "run: x\nnum_nodes: 0\n",
  "jobs/deep/pod.yaml": "apiVersion: v1\nkind: Pod\n",
  "jobs/notes.txt": "not looked at",
  "latin.yaml": new Uint8Array([0x72, 0x75, 0x6e, 0x3a, 0x20, 0xe9]),
};

const tree = {
  listFolder: (path: string) => {
    const children = Object.keys(files)
      .filter((name) => name.startsWith(`${path}/`))
      .map((name) => `${path}/${name.slice(path.length + 1).split("/")[0]}`);
    return children.length === 0 ? undefined : [...new Set(children)];
  },
  readBytes: (path: string) => {
    const content = files[path];
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  },
};

describe("task/validate", () => {
  test("files and folders give one row a file, in order", () => {
    const rows = validatePaths(["jobs", "latin.yaml", "gone.yaml"], tree).map(validationRecord);

    expect(rows.map((row) => [row["path"], row["kind"], row["ok"]])).toEqual([
      ["jobs/bad.yml", "task", false],
      ["jobs/deep/pod.yaml", "kubernetes-manifest", true],
      ["jobs/train.yaml", "task", true],
      ["latin.yaml", "not-yaml", false],
      ["gone.yaml", "not-yaml", false],
    ]);
    expect(rows[2]).toEqual({
      path: "jobs/train.yaml",
      kind: "task",
      ok: true,
      tasks: 1,
      resource_alternatives: [2],
      errors: [],
    });
    expect(rows[0]?.["errors"]).toEqual([
      {
        class: "ValueError",
        line: 2,
        column: 12,
        message: "num_nodes must be a whole number above 0, found 0",
        hint: "num_nodes: 1",
      },
    ]);
  });

  test("a local path that is not there is a warning: the file itself is right", () => {
    const row = validateText("task.yaml", "workdir: gone\nrun: x", { pathExists: () => false });

    expect([row.ok, row.errors, row.warnings.map((warning) => warning.message)]).toEqual([
      true,
      [],
      ["workdir does not exist: 'gone'"],
    ]);
    expect(Object.keys(validationRecord(row))).toEqual([
      "path",
      "kind",
      "ok",
      "tasks",
      "resource_alternatives",
      "errors",
    ]);
  });

  test("a workdir that is a file is a warning too, and a mount of a file is none", () => {
    const row = validateText("task.yaml", "workdir: a.txt\nfile_mounts: {~/b.txt: b.txt}\nrun: x", {
      pathExists: () => true,
      isFile: () => true,
    });

    expect(row.warnings.map((warning) => warning.message)).toEqual([
      "workdir must be a directory, and 'a.txt' is a file",
    ]);
  });

  test.each([
    ["run: a", "task"],
    ["service: {}\nrun: a", "service"],
    ["pool: {workers: 1}", "pool"],
    ["name: p\n---\nrun: a\n---\nrun: b", "pipeline"],
    ["name: p\nexecution: parallel\n---\nname: a", "job-group"],
    ["name: v\ntype: k8s-pvc\nsize: 10Gi", "volume"],
    ["apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Service", "kubernetes-manifest"],
    ["name: ci\non: push\njobs: {}\n", "other"],
    ["version: '3'\nservices: {}\nvolumes: {}\n", "other"],
    ["- a\n- b", "other"],
    ["run: [a", "not-yaml"],
    ["resorces: {cpus: 2}\nrun: a", "task"],
  ])("%j is of kind %s", (text, kind) => {
    expect(validateText("file.yaml", text).kind).toBe(kind as never);
  });

  test.each([
    ["runn: echo hi\n", false],
    ['name: "my task!"\nrun: x\n', false],
    ["foo: 1\n", false],
    ["- a\n", false],
    ["just text\n", false],
    ["cluster_name: c\nprovider: {type: kubernetes}\nfile_mounts: {}\nsetup: []\n", false],
    ["", false],
    ["# nothing\n", false],
    ["apiVersion: v1\nkind: Pod\n", false],
    ["name: v\ntype: k8s-pvc\nsize: 10Gi\n", false],
    ["name: p\n---\nrun: a\n---\nrun: b\n", true],
  ])("a file that is named is judged as a launch would: %j", (text, ok) => {
    expect(validateText("file.yaml", text, { isNamed: true }).ok).toBe(ok);
  });

  test("a manifest or a volume that is named is told from a task, and fine in a folder", () => {
    const manifest = "apiVersion: v1\nkind: Pod\n";
    const volume = "name: v\ntype: k8s-pvc\nsize: 10Gi\n";

    expect(validateText("pod.yaml", manifest, { isNamed: true })).toMatchObject({
      kind: "kubernetes-manifest",
      errors: [{ message: "this is a manifest of Kubernetes, not a task", line: 1 }],
    });
    expect(validateText("v.yaml", volume, { isNamed: true })).toMatchObject({
      kind: "volume",
      errors: [{ message: "this describes a volume, not a task", line: 1 }],
    });
    expect([manifest, volume].map((text) => validateText("in-folder.yaml", text).ok)).toEqual([true, true]);
  });

  test("in a folder, what is no task is passed over, and a slip is no other kind", () => {
    expect(validateText("ci.yaml", "name: ci\non: push\njobs: {}\n")).toMatchObject({ kind: "other", ok: true });
    expect(validateText("action.yaml", "name: a\ndescription: b\nruns: {using: node}\n")).toMatchObject({
      kind: "other",
      ok: true,
    });
    expect(validateText("slip.yaml", "runn: echo hi\n")).toMatchObject({
      kind: "task",
      ok: false,
      errors: [{ message: "task: unknown key 'runn'. Instead of 'runn', did you mean 'run'?", line: 1, column: 1 }],
    });
  });

  test("the JSON Schema names the keys of a task and hides those of programs", () => {
    const schema = taskJsonSchema();
    const properties = Object.keys(schema["properties"] as object);

    expect(schema["additionalProperties"]).toBe(false);
    expect(properties).toContain("resources");
    expect(properties).toContain("managed_secrets");
    expect(JSON.stringify(schema)).not.toContain('"_');
    expect(JSON.stringify(schema)).toContain('"gpus"');
  });
});
