// What may be launched and what may not, by rule and class.
import { describe, expect, test } from "bun:test";
import { launchProblems } from "./launch-rules.ts";
import { parseDag } from "./parse.ts";
import type { LocalFiles } from "./storage-rules.ts";

const disk: LocalFiles = {
  kindOf: (path) => {
    if (path === "/folder") return "folder";
    return path.startsWith("/file") ? "file" : undefined;
  },
};

function classes(text: string): string[] {
  const parsed = parseDag(text);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.dag.tasks.flatMap((task) => launchProblems(task, disk)).map((problem) => problem.class);
}

describe("task/launch-rules", () => {
  test.each([
    "name: a--b.c_d",
    "file_mounts: {~/sky_workdir: /folder}",
    "file_mounts: {a: /folder, /b: s3://bucket}",
    "file_mounts: {/a: {name: bucket}}",
    "file_mounts: {/a: {source: s3://bucket}}",
    "file_mounts: {/a: {source: s3://bucket/part, mode: COPY}}",
    "file_mounts: {/a: {source: hf://datasets/a/b}}",
    "file_mounts: {/a: {name: bucket, source: [/file1, /file2]}}",
    "volumes: {/a: v, ~/b: {name: v, sub_path: a/b}}",
    "resources: {infra: k8s, instance_type: 4CPU--16GB, cpus: 2+}",
  ])("%s may be launched", (text) => {
    expect(classes(text)).toEqual([]);
  });

  test.each([
    ["name: a---b", "ValueError"],
    ["name: a b", "ValueError"],
    ["file_mounts: {/a/: /folder}", "ValueError"],
    ["file_mounts: {/a: s3://bucket/}", "ValueError"],
    ['file_mounts: {"s3://b": /folder}', "ValueError"],
    ["workdir: .\nfile_mounts: {~/sky_workdir: /folder}", "ValueError"],
    ["file_mounts: {/a: {}}", "StorageSpecError"],
    ["file_mounts: {/a: {source: /folder}}", "StorageNameError"],
    ["file_mounts: {/a: {name: s3://x}}", "StorageNameError"],
    ["file_mounts: {/a: {name: UPPER, store: s3}}", "StorageNameError"],
    ["file_mounts: {/a: {name: x, source: /gone}}", "StorageSourceError"],
    ["file_mounts: {/a: {name: x, source: /folder/}}", "StorageSourceError"],
    ["file_mounts: {/a: {name: x, source: /file1}}", "StorageSourceError"],
    ["file_mounts: {/a: {name: x, source: [/file1, /folder/file1]}}", "StorageSourceError"],
    ["file_mounts: {/a: {source: ftp://x}}", "StorageSourceError"],
    ["file_mounts: {/a: {source: s3://bucket/part}}", "StorageModeError"],
    ["file_mounts: {/a: {name: x, mode: COPY}}", "StorageSpecError"],
    ["volumes: {a: v}", "ValueError"],
    ["volumes: {/a: 3}", "ValueError"],
    ["volumes: {/a: {name: v, sub_path: ../b}}", "ValueError"],
    ["resources: {infra: k8s, instance_type: 4CPU--16GB, cpus: 8}", "ValueError"],
  ])("%s may not: %s", (text, className) => {
    expect(classes(text)).toEqual([className]);
  });
});
