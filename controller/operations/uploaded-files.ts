// Where the local files of a task are on this machine: where the user wrote, or in an archive that the client uploaded.
import { StixError } from "#shared/errors/stix-error.ts";
import type { Task } from "#shared/task/task.ts";
import { existsSync } from "node:fs";
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

/** The task with every local path as this machine knows it. Throws file-not-found. */
export function matchUploads(task: Task, files: UploadedFiles | null): Task {
  const mapping = task.fileMountsMapping ?? {};
  const place = (path: string) => {
    const inside = files === null ? undefined : mapping[path];
    const found = inside === undefined || files === null ? path : join(uploadFolder(files), normalize(`/${inside}`));
    if (existsSync(found)) return found;
    throw new StixError({ code: "file-not-found", message: `'${path}' does not exist`, hint: "give a path that exists on this machine" });
  };
  return {
    ...task,
    ...(typeof task.workdir === "string" ? { workdir: place(task.workdir) } : {}),
    fileMounts: Object.fromEntries(Object.entries(task.fileMounts).map(([destination, source]) => [destination, place(source)])),
  };
}
