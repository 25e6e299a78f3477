// What must hold for a bucket before it is made or mounted. Reading a file does not ask; a launch does.
import { bucketNameFault } from "./bucket-names.ts";
import type { Problem } from "./problem.ts";
import type { StorageSpec } from "./storage.ts";

/** What the caller knows about local paths; without it nothing is said about them. */
export interface LocalFiles {
  /** "file", "folder", or undefined when nothing is there. */
  kindOf(path: string): "file" | "folder" | undefined;
}

const SCHEMES = ["s3", "gs", "https", "r2", "cos", "oci", "nebius", "cw", "vastdata", "hf"];

// A sub path of these can be mounted by itself.
const MOUNTS_SUB_PATH = new Set(["https", "hf"]);

/** Why this bucket cannot be used; undefined when it can, as far as is known here. */
export function storageFault(spec: StorageSpec, files?: LocalFiles): Problem | undefined {
  const { name, source } = spec;
  if (name === undefined && source === undefined) {
    return fault("StorageSpecError", "a bucket needs a name or a source", "name: my-bucket, or source: s3://bucket");
  }
  const remote = typeof source === "string" ? schemeOf(source) : undefined;
  if (remote !== undefined) return remoteFault(spec, remote);
  return nameFault(spec) ?? localFault(spec, files) ?? copyFault(spec);
}

function schemeOf(source: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase();
}

function remoteFault(spec: StorageSpec, scheme: string): Problem | undefined {
  const source = String(spec.source);
  if (!SCHEMES.includes(scheme)) {
    const known = SCHEMES.map((each) => `${each}://`).join(", ");
    return fault(
      "StorageSourceError",
      `source '${source}' is of no kind that is known`,
      `a local path, or one of ${known}`,
    );
  }
  const hasSubPath = source.replace(/\/+$/, "").split("/").length > (scheme === "cos" ? 5 : 3);
  if (spec.mode === "MOUNT" && hasSubPath && !MOUNTS_SUB_PATH.has(scheme) && scheme !== "cos") {
    return fault(
      "StorageModeError",
      `mode MOUNT takes a whole bucket, and '${source}' is a part of one`,
      "mode: COPY, or name the bucket alone",
    );
  }
  return undefined;
}

function nameFault({ name, source, store }: StorageSpec): Problem | undefined {
  if (name === undefined)
    return fault("StorageNameError", "a local source needs the name of a bucket to go to", "name: my-bucket");
  const scheme = schemeOf(name);
  if (scheme !== undefined) {
    return fault(
      "StorageNameError",
      `a bucket's name has no '${scheme}://' before it`,
      `source: ${name}${source === undefined ? "" : ", without name"}`,
    );
  }
  const message = store === undefined ? undefined : bucketNameFault(store, name);
  return message === undefined ? undefined : fault("StorageNameError", message, "choose another name");
}

function localFault({ source }: StorageSpec, files: LocalFiles | undefined): Problem | undefined {
  const paths = [source ?? []].flat();
  const slashed = paths.find((path) => path.endsWith("/"));
  if (slashed !== undefined)
    return fault("StorageSourceError", `source '${slashed}' ends with a slash`, slashed.replace(/\/+$/, ""));
  const names = paths.map((path) => path.split("/").at(-1));
  const twice = names.find((each, index) => names.indexOf(each) !== index);
  if (twice !== undefined)
    return fault("StorageSourceError", `two paths of source end in '${twice}'`, "rename one of them");
  if (files === undefined) return undefined;
  const gone = paths.find((path) => files.kindOf(path) === undefined);
  if (gone !== undefined) return fault("StorageSourceError", `source '${gone}' does not exist`, "correct the path");
  if (typeof source === "string" && files.kindOf(source) === "file") {
    return fault(
      "StorageSourceError",
      `source '${source}' is a file, and one path must be a folder`,
      `source: [${source}]`,
    );
  }
  return undefined;
}

function copyFault({ mode, source }: StorageSpec): Problem | undefined {
  if (mode !== "COPY" || source !== undefined) return undefined;
  return fault("StorageSpecError", "a new bucket to copy from needs a source", "source: ./folder, or mode: MOUNT");
}

function fault(className: string, message: string, hint: string): Problem {
  return { class: className, message, hint };
}
