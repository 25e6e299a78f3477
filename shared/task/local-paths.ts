// Which local paths of a task do not exist. What exists is asked of the caller.
import type { Problem } from "./problem.ts";
import type { Dag, Task } from "./task.ts";

export interface PathOptions {
  readonly baseDir?: string;
  readonly checkPaths?: boolean;
  readonly pathExists?: (path: string) => boolean;
  /** True of a path that exists and is no folder, nor a link to one. */
  readonly isFile?: (path: string) => boolean;
}

/** Local paths that are not there, and workdirs that are files. */
export function checkPaths(dag: Dag, options: PathOptions): Problem[] {
  const { pathExists, isFile } = options;
  if (options.checkPaths !== true || pathExists === undefined) return [];
  return dag.tasks
    .flatMap((task) => localPaths(task))
    .flatMap((local) => {
      const path = resolved(local.path, options.baseDir);
      if (!pathExists(path)) return [toProblem(local)];
      return local.what === WORKDIR && isFile?.(path) === true ? [fileAsWorkdir(local.path)] : [];
    });
}

export function fileAsWorkdir(path: string): Problem & { readonly hint: string } {
  return {
    class: "ValueError",
    message: `workdir must be a directory, and '${path}' is a file`,
    hint: "name the folder that the file is in; single files go under file_mounts",
  };
}

interface LocalPath {
  readonly path: string;
  readonly what: string;
}

const WORKDIR = "workdir";

/** Every path that must exist where the task is launched from. */
export function localPaths(task: Task): LocalPath[] {
  const workdir = typeof task.workdir === "string" ? [{ path: task.workdir, what: WORKDIR }] : [];
  const files = Object.entries(task.fileMounts).map(([destination, path]) => ({
    path,
    what: `source of file mount ${destination}`,
  }));
  const buckets = Object.entries(task.storageMounts).flatMap(([destination, { source }]) =>
    [source ?? []].flat().map((path) => ({ path, what: `source of file mount ${destination}` })),
  );
  return [...workdir, ...files, ...buckets].filter(({ path }) => !isUrl(path));
}

/** Anything with a scheme other than `file` is fetched, not read from the disk. */
export function isUrl(path: string): boolean {
  return /^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(path);
}

function resolved(path: string, baseDir: string | undefined): string {
  if (baseDir === undefined || path.startsWith("/") || path.startsWith("~")) return path;
  return `${baseDir.replace(/\/$/, "")}/${path}`;
}

function toProblem({ path, what }: LocalPath): Problem {
  return {
    class: "ValueError",
    message: `${what} does not exist: '${path}'`,
    hint: "relative paths begin at the current folder",
  };
}
