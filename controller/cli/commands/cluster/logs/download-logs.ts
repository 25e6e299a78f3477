// Output of jobs as files on this machine: the server collects them, we take the zip apart.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { unzipSync } from "fflate";
import { MISSING_OUTPUT_SUFFIX } from "#shared/api/missing-output.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { call, type Connection } from "#controller/sdk/connection.ts";
import { entries } from "#controller/sdk/read.ts";
import { ask } from "#controller/sdk/requests.ts";

export interface Downloaded {
  /** [job id, folder on this machine] pairs. */
  readonly folders: readonly (readonly [string, string])[];
  /** [former, new] names of folders that held the output of other jobs. */
  readonly kept: readonly (readonly [string, string])[];
  /** Sentences about output that could not be had. */
  readonly missing: readonly string[];
}

/** `into` is made when absent. */
export async function downloadLogs(
  connection: Connection,
  cluster: string,
  jobIds: readonly string[] | null,
  into: string,
): Promise<Downloaded> {
  const value = await ask(connection, "download_logs", {
    cluster_name: cluster,
    job_ids: jobIds,
    local_dir: "~/sky_logs",
  });
  const remote = entries(value).flatMap(([id, folder]) => (typeof folder === "string" ? [[id, folder] as const] : []));
  if (remote.length === 0) return { folders: [], missing: [], kept: [] };
  const response = await call(connection, "download", {
    body: { folder_paths: remote.map(([, folder]) => folder) },
  });
  const home = response.headers.get("x-home-path");
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
  const missing: string[] = [];
  const placed = Object.entries(files)
    .filter(([name]) => !name.endsWith("/"))
    .map(([name, bytes]) => ({
      name,
      bytes,
      path: join(
        into,
        within(
          name,
          remote.map(([, folder]) => folder),
          home,
        ),
      ),
    }));
  const kept = remote.flatMap(([, folder]) => keepOther(join(into, lastPart(folder)), placed));
  for (const { name, bytes, path } of placed) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    if (name.endsWith(MISSING_OUTPUT_SUFFIX)) missing.push(new TextDecoder().decode(bytes).trimEnd());
  }
  return { folders: remote.map(([id, folder]) => [id, join(into, lastPart(folder))] as const), missing, kept };
}

/**
 * Output only grows: a file here that is not the beginning of what came is of another job, of an earlier cluster with this name.
 * Its folder then gets a name of its own.
 */
function keepOther(
  folder: string,
  placed: readonly { readonly bytes: Uint8Array; readonly path: string }[],
): (readonly [string, string])[] {
  const isOther = placed.some(
    ({ path, bytes }) =>
      path.startsWith(`${folder}/`) &&
      !path.endsWith(MISSING_OUTPUT_SUFFIX) &&
      existsSync(path) &&
      !startsWith(bytes, readFileSync(path)),
  );
  if (!isOther) return [];
  let number = 1;
  while (existsSync(`${folder}.${number}`)) number += 1;
  renameSync(folder, `${folder}.${number}`);
  return [[folder, `${folder}.${number}`]];
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.length <= bytes.length && Buffer.compare(bytes.subarray(0, beginning.length), beginning) === 0;
}

/** The path below `into`: names in the zip are the server's paths; never one that climbs out. */
function within(name: string, folders: readonly string[], home: string | null): string {
  const absolute = `/${name.replace(/^\/+/, "")}`;
  const folder = folders.find(
    (one) =>
      absolute.startsWith(one.startsWith("~") && home !== null ? one.replace("~", home) : one) || name.startsWith(one),
  );
  const inside =
    folder === undefined
      ? normalize(name).replace(/^(\.\.\/|\/)+/, "")
      : join(lastPart(folder), absolute.slice(absolute.indexOf(lastPart(folder)) + lastPart(folder).length));
  if (inside.split("/").includes(".."))
    throw new StixError({
      code: "bad-value",
      message: `the server sent a file outside its folder: '${name}'`,
      hint: "",
    });
  return inside;
}

function lastPart(path: string): string {
  return path.replace(/\/+$/, "").split("/").slice(-1)[0] ?? path;
}
