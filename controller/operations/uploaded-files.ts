// Where the local files of a task are on this machine: where the user wrote, or in an archive that the client uploaded.
import { StixError } from "#shared/errors/stix-error.ts";
import { fileAsWorkdir, isUrl } from "#shared/task/local-paths.ts";
import type { Task } from "#shared/task/task.ts";
import { existsSync, realpathSync, statSync } from "node:fs";
import { join, normalize } from "node:path";

export interface UploadedFiles {
  /** Folder of all uploads. */
  readonly uploads: string;
  readonly userHash: string;
  readonly blobId: string;
}

/** Folder with the unpacked contents of an upload. */
export function uploadFolder({ uploads, userHash, blobId }: UploadedFiles): string {
  return `${uploads}/${userHash.replaceAll(/[^0-9a-zA-Z_-]/g, "")}/${blobId}`;
}

/** The task with every local path as this machine knows it. Throws file-not-found, bad-value (the workdir is a file). */
export function matchUploads(task: Task, files: UploadedFiles | null): Task {
  const mapping = task.fileMountsMapping ?? {};
  const place = (path: string) => {
    if (isUrl(path)) return path;
    const inside = files === null ? undefined : mapping[path];
    const found = inside === undefined || files === null ? path : join(uploadFolder(files), normalize(`/${inside}`));
    if (existsSync(found)) return inside === undefined || files === null ? found : withinUpload(found, files, path);
    throw new StixError({
      code: "file-not-found",
      message: `'${path}' does not exist`,
      hint: "give a path that exists on this machine",
    });
  };
  const workdir = typeof task.workdir === "string" ? place(task.workdir) : undefined;
  if (typeof task.workdir === "string" && workdir !== undefined && !statSync(workdir).isDirectory()) {
    const { message, hint } = fileAsWorkdir(task.workdir);
    throw new StixError({ code: "bad-value", message, hint });
  }
  return {
    ...task,
    ...(workdir === undefined ? {} : { workdir }),
    fileMounts: Object.fromEntries(
      Object.entries(task.fileMounts).map(([destination, source]) => [destination, place(source)]),
    ),
  };
}

/** What a client sends must not make the server copy files of its own: a link at the end of the path is followed. */
function withinUpload(found: string, files: UploadedFiles, path: string): string {
  const folder = realpathSync(uploadFolder(files));
  const real = realpathSync(found);
  if (real === folder || real.startsWith(`${folder}/`)) return found;
  throw new StixError({
    code: "bad-value",
    message: `'${path}' is a link that leads out of what was uploaded`,
    hint: "name the folder that the link leads to",
  });
}
