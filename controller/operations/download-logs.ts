// download_logs: copies the output of jobs from their nodes into a folder that the client then asks for.
import { mkdir, open, writeFile } from "node:fs/promises";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { downloadLogsBodySchema } from "#shared/api/bodies.ts";
import { MISSING_OUTPUT_SUFFIX } from "#shared/api/missing-output.ts";
import { isStixError } from "#shared/errors/stix-error.ts";
import { nodeName } from "#shared/node-name.ts";
import { createLogRenderer } from "#shared/logs/render.ts";
import type { JobRecord } from "#shared/wire/rpc.ts";
import { findJob } from "./find-job.ts";
import { followJob } from "./follow-job.ts";
import { isNodeSilent, missingText } from "./follow-stream.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { reachCluster } from "./reach-head.ts";

const CHUNK_BYTES = 512 * 1024;
const CALL_MS = 30_000;
/** What one listing of a queue gives. */
const JOBS_MOST = 10_000;

export const downloadLogs: Operation = { name: "download_logs", canResume: true, run: runDownloadLogs };

/** Clients replace this beginning by their own folder. */
export function clientLogFolder(userHash: string): string {
  return `~/.sky/api_server/clients/${userHash}/sky_logs`;
}

/** Job id → folder, as the client names it. */
async function runDownloadLogs(context: OperationContext): Promise<unknown> {
  const { world, request, log, signal } = context;
  const body = downloadLogsBodySchema.parse(request.body);
  const { cluster } = await reachCluster(context, body.cluster_name);
  const jobs =
    body.job_ids === null
      ? [await findJob(world, cluster, null, signal)]
      : await matchingJobs(context, cluster, body.job_ids);
  const folders: Record<string, string> = {};
  // One after the other: there may be thousands.
  for (const job of jobs) {
    const place = `${cluster.name}-${job.jid}-${job.name ?? "sky-cmd"}`.replaceAll(/[^-_.a-zA-Z0-9]/g, "_");
    await copyJob(context, cluster, job, `${downloadFolder(world.paths.root, request.userHash)}/${place}`);
    folders[String(job.jid)] = `${clientLogFolder(request.userHash)}/${place}`;
  }
  if (jobs.length === 0) log.line(`No matching log directories found on cluster '${cluster.name}'.`);
  return folders;
}

/** Ids and shell-like patterns of ids; what is neither matches nothing (an unquoted * becomes names of files). Oldest first. */
async function matchingJobs(
  { world, signal }: OperationContext,
  cluster: ClusterRecord,
  asked: readonly string[],
): Promise<readonly JobRecord[]> {
  const call = { timeoutMs: CALL_MS, signal };
  const jids = asked.filter((id) => /^\d+$/.test(id)).map(Number);
  const patterns = asked.filter((id) => /[*?[]/.test(id)).map((id) => new Bun.Glob(id));
  const named = jids.length === 0 ? [] : (await world.agents.call(cluster.cid, "job.get", { jids }, call)).jobs;
  const all =
    patterns.length === 0
      ? []
      : (
          await world.agents.call(
            cluster.cid,
            "job.list",
            { skipFinished: false, userHash: null, limit: JOBS_MOST },
            call,
          )
        ).jobs;
  const found = [...named, ...all.filter(({ jid }) => patterns.some((pattern) => pattern.match(String(jid))))];
  return [...new Map(found.map((job) => [job.jid, job])).values()].toSorted((left, right) => left.jid - right.jid);
}

/** Where the files of `clientLogFolder` are on this machine. */
export function downloadFolder(root: string, userHash: string): string {
  return `${root}/downloads/${userHash.replaceAll(/[^0-9a-zA-Z_-]/g, "")}`;
}

async function copyJob(
  context: OperationContext,
  cluster: ClusterRecord,
  job: JobRecord,
  folder: string,
): Promise<void> {
  await mkdir(`${folder}/tasks`, { recursive: true, mode: 0o700 });
  await writeAsShown(context, cluster, job, `${folder}/run.log`);
  const isAlone = cluster.nodeCount === 1;
  for (const { rank, nid } of job.ranks) {
    const file = isAlone ? "run.log" : `${rank}-${nodeName(nid)}.log`;
    await copyStream(context, { cluster, job }, { stream: "run", rank }, `${folder}/tasks/${file}`);
  }
  for (let index = 0; index < cluster.nodeCount; index += 1) {
    await copyStream(
      context,
      { cluster, job },
      { stream: "setup", rank: index },
      `${folder}/tasks/${isAlone ? "setup.log" : `setup-${index}.log`}`,
    );
  }
}

/** All ranks in one file, with the prefixes that `logs` prints: where SkyPilot has it. */
async function writeAsShown(
  { world, signal }: OperationContext,
  cluster: ClusterRecord,
  job: JobRecord,
  path: string,
): Promise<void> {
  const renderer = createLogRenderer();
  const file = await open(path, "w", 0o600);
  try {
    const wish = { cluster_name: cluster.name, job_id: job.jid, follow: false, tail: 0, cursors: {}, signal };
    await followJob(
      world,
      wish,
      async (frame, body) => void (await file.write(renderer.push(frame, body ?? new Uint8Array()))),
    );
    await file.write(renderer.flush());
  } finally {
    await file.close();
  }
}

/** What a node that does not answer still has is told in a file beside: clients show it. */
async function copyStream(
  { world, signal }: OperationContext,
  of: { readonly cluster: ClusterRecord; readonly job: JobRecord },
  what: { readonly stream: "setup" | "run"; readonly rank: number },
  path: string,
): Promise<void> {
  const file = await open(path, "w", 0o600);
  let off = 0;
  try {
    for (;;) {
      const { head, bytes } = await world.agents.readLog(
        of.cluster.cid,
        { jid: of.job.jid, ...what, attempt: 0, off, max: CHUNK_BYTES, waitMs: 0 },
        { timeoutMs: CALL_MS, signal },
      );
      await file.write(bytes);
      off += bytes.length;
      if (head.eof || bytes.length === 0) return;
    }
  } catch (error) {
    if (!isStixError(error) || !isNodeSilent(error)) throw error;
    await writeFile(`${path}${MISSING_OUTPUT_SUFFIX}`, `${missingText(of, what, off, error)}\n`, { mode: 0o600 });
  } finally {
    await file.close();
  }
}
