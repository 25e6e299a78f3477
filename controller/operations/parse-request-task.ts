// The task of a request: parsed, its paths made ours, and refused where this version cannot do what it asks.
import { acceleratorNames } from "#catalog/names.ts";
import type { World } from "./operation.ts";
import { matchUploads, type UploadedFiles } from "./uploaded-files.ts";
import type { BaseBody } from "#shared/api/bodies.ts";
import { errorCodes, type ErrorCode } from "#shared/errors/codes.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { judgeText } from "#shared/task/judge.ts";
import type { Problem } from "#shared/task/problem.ts";
import type { Dag, Task } from "#shared/task/task.ts";

const FILE_SHOWN = "task.yaml";

/** Throws the error of the first problem. */
export function parseRequestDag(world: Pick<World, "catalog">, text: string): Dag {
  const judged = judgeText(text, { file: FILE_SHOWN, isSent: true, ...acceleratorNames(world.catalog().devices()) });
  if (!judged.ok) throw problemError(judged.problems[0]);
  return judged.dag;
}

type TaskWorld = Pick<World, "catalog" | "paths">;
type TaskBody = Pick<BaseBody, "file_mounts_blob_id">;
/** Whose uploads are meant. */
type Uploader = { readonly userHash: string };

/** The one task of a launch or exec. */
export function parseRequestTask(world: TaskWorld, text: string, body: TaskBody, uploader: Uploader): Task {
  const task = parsePlannedTask(world, text, body, uploader);
  refuseUnbuilt(task);
  return task;
}

/** The one task of a plan: what it runs on may be chosen, although what it runs with cannot be had here yet. */
export function parsePlannedTask(world: TaskWorld, text: string, body: TaskBody, uploader: Uploader): Task {
  const { tasks } = parseRequestDag(world, text);
  const [task] = tasks;
  if (task === undefined || tasks.length > 1) {
    throw new StixError({
      code: "bad-value",
      message: `the file has ${tasks.length} tasks, a cluster takes one at a time`,
      hint: "stix jobs launch FILE runs several",
    });
  }
  const blob = body.file_mounts_blob_id;
  const files: UploadedFiles | null =
    blob === null ? null : { uploads: world.paths.uploads, userHash: uploader.userHash, blobId: blob };
  return matchUploads(task, files);
}

export function problemError(problem: Problem | undefined): StixError {
  const what = problem ?? { class: "ValueError", message: "the task cannot be read" };
  const place = what.line === undefined ? "" : `${FILE_SHOWN}:${what.line}:${what.column ?? 1}: `;
  return new StixError({
    code: codeOf(what.class),
    message: `${place}${what.message}`,
    hint: what.hint ?? "stix launch --dryrun FILE checks a file",
    details: { exception: what.class, ...(what.excerpt === undefined ? {} : { excerpt: what.excerpt }) },
  });
}

function codeOf(exception: string): ErrorCode {
  if (exception === errorCodes["bad-yaml"].exception) return "bad-yaml";
  return exception === errorCodes["not-supported"].exception ? "not-supported" : "bad-value";
}

/** What is understood but cannot be done yet is refused by name, never ignored. */
function refuseUnbuilt(task: Task): void {
  const unbuilt: readonly (readonly [boolean, string])[] = [
    [Object.keys(task.storageMounts).length > 0, "file_mounts of buckets"],
    [Object.values(task.fileMounts).some((source) => /^[a-z0-9]+:\/\//i.test(source)), "file_mounts from URLs"],
    [typeof task.workdir === "object", "workdir from git"],
    [Object.keys(task.volumes).length > 0, "volumes"],
    [task.secretReferences.length > 0, "secrets kept by the server"],
    [(task.hooks ?? []).length > 0, "hooks"],
    [task.eventCallback !== undefined, "event_callback"],
    [
      task.resources.alternatives.some((each) =>
        Object.values(each.imageId ?? {}).some((image) => image.startsWith("docker:")),
      ),
      "docker images",
    ],
    [task.resources.alternatives.some((each) => (each.volumes ?? []).length > 0), "resources.volumes"],
  ];
  const found = unbuilt.find(([asked]) => asked);
  if (found === undefined) return;
  throw new StixError({
    code: "not-implemented",
    message: `${found[1]} cannot be used yet`,
    hint: "leave it out of the task for now",
  });
}
