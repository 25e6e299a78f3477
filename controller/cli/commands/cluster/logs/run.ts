// `logs`: output of jobs, of provisioning and of hooks; states of jobs; files of output.
import { StixError } from "#shared/errors/stix-error.ts";
import { jobExitStatus, jobStates, type JobState } from "#shared/lifecycle/job.ts";
import { errorCodes } from "#shared/errors/codes.ts";
import { bodyOf, call, type Connection } from "#controller/sdk/connection.ts";
import { entries } from "#controller/sdk/read.ts";
import { ask, requestIdOf, valueOf } from "#controller/sdk/requests.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { convertInteger } from "#controller/cli/frame/parse/convert.ts";
import { printJson } from "#controller/cli/print/answer.ts";
import { paint } from "#controller/cli/print/colour.ts";

export interface LogOptions {
  readonly config: readonly string[];
  readonly provision: boolean;
  readonly hook: string | undefined;
  readonly autostop: boolean;
  readonly worker: number | undefined;
  readonly syncDown: boolean;
  readonly status: boolean;
  readonly follow: boolean;
  readonly tail: number;
  readonly output: "table" | "json";
  readonly given: ReadonlySet<string>;
}

const FOLLOW_TAIL_LINES = 1000;
const hookEvents = ["stop", "preemption", "down"] as const;

export async function printLogs(
  context: CliContext,
  given: string | undefined,
  ids: readonly string[],
  asked: LogOptions,
): Promise<number> {
  const { cluster, options } = understood(given, asked);
  checkConflicts(ids, options);
  // Files are chosen by patterns too.
  const jobIds = options.syncDown ? [] : ids.map(jobId);
  const connection = await context.connect({ config: options.config });
  if (options.provision) return await printProvision(context, connection, cluster, options);
  if (options.hook !== undefined) return await printHook(context, connection, cluster, options);
  if (options.syncDown) return await syncDown(context, connection, cluster, ids, options);
  if (options.status) return await printStatus(context, connection, cluster, jobIds[0], options);
  return await printOutput(context, connection, cluster, jobIds[0], options);
}

/** `logs --hook CLUSTER`: the value is the cluster when it is no event and nothing else is named. */
function understood(
  given: string | undefined,
  asked: LogOptions,
): { readonly cluster: string; readonly options: LogOptions } {
  let hook = asked.autostop ? "stop" : asked.hook;
  let cluster = given;
  if (hook !== undefined && hook !== "" && !hookEvents.some((one) => one === hook)) {
    if (cluster !== undefined)
      throw new StixError({
        code: "usage",
        message: `'${hook}' is no event of a hook`,
        hint: `one of ${hookEvents.join(", ")}`,
      });
    cluster = hook;
    hook = "";
  }
  if (cluster === undefined)
    throw new StixError({ code: "usage", message: "argument CLUSTER is missing", hint: "{program} logs CLUSTER" });
  return { cluster, options: { ...asked, hook } };
}

function checkConflicts(ids: readonly string[], options: LogOptions): void {
  const refused = (message: string) => new StixError({ code: "usage", message, hint: "{program} logs --help" });
  const chosen = options.syncDown || options.status || ids.length > 0;
  if (options.worker !== undefined && !options.provision) throw refused("'--worker' goes only with '--provision'");
  if (options.worker !== undefined && options.worker < 1) throw refused("workers are counted from 1");
  if (options.provision && options.hook !== undefined) throw refused("'--provision' does not go with '--hook'");
  if (options.provision && chosen) throw refused("'--provision' does not go with '--sync-down', '--status' or job ids");
  if (options.hook !== undefined && chosen)
    throw refused("'--hook' does not go with '--sync-down', '--status' or job ids");
  if (options.syncDown && options.status) throw refused("'--sync-down' does not go with '--status'");
  if (options.output === "json" && (options.provision || options.hook !== undefined))
    throw refused("'-o json' does not go with '--provision' or '--hook'");
  if (ids.length > 1 && !options.syncDown) throw refused("several job ids go only with '--sync-down'");
}

function jobId(text: string): number {
  const id = convertInteger(text);
  if (id !== undefined && id > 0) return id;
  throw new StixError({ code: "usage", message: `'${text}' is no job id`, hint: "a job id is a whole number from 1" });
}

async function printOutput(
  context: CliContext,
  connection: Connection,
  cluster: string,
  id: number | undefined,
  options: LogOptions,
): Promise<number> {
  const which = id === undefined ? "the last job" : `job ${id}`;
  context.stderr.write(
    `${paint(context.stderr.colour, "yellow", `Tailing logs of ${which} on cluster '${cluster}'...`)}\n`,
  );
  const limited = options.tail < 0 && options.follow;
  if (limited)
    context.stderr.write(
      `Showing the last ${FOLLOW_TAIL_LINES} lines (default). Pass --tail 0 to print the entire log.\n`,
    );
  const tail = limited ? FOLLOW_TAIL_LINES : Math.max(0, options.tail);
  const { printJob, printJobLines } = await import("#controller/cli/print/follow-job.ts");
  return await (options.output === "json" ? printJobLines : printJob)(context, connection, {
    cluster,
    jobId: id ?? null,
    follow: options.follow,
    tail,
  });
}

async function printStatus(
  context: CliContext,
  connection: Connection,
  cluster: string,
  id: number | undefined,
  { output }: Pick<LogOptions, "output">,
): Promise<number> {
  const states = entries(
    await ask(connection, "job_status", { cluster_name: cluster, job_ids: id === undefined ? null : [id] }),
  );
  const [shown, state] = states[0] ?? [id === undefined ? "null" : String(id), null];
  if (shown === "null" || !isJobState(state)) {
    if (output === "json") printJson(context, { job_id: id ?? null, status: null });
    else context.stdout.write(id === undefined ? `No job found on cluster '${cluster}'.\n` : `Job ${id}: not found\n`);
    return errorCodes["job-not-found"].exit;
  }
  if (output === "json") printJson(context, { job_id: Number(shown), status: state });
  else context.stdout.write(`Job ${shown}: ${state}\n`);
  return jobExitStatus(state);
}

function isJobState(value: unknown): value is JobState {
  return jobStates.some((state) => state === value);
}

async function printProvision(
  context: CliContext,
  connection: Connection,
  cluster: string,
  options: LogOptions,
): Promise<number> {
  const response = await call(connection, "provision_logs", {
    query: { follow: String(options.follow), ...(options.tail > 0 && { tail: String(options.tail) }) },
    body: { cluster_name: cluster, worker: options.worker ?? null },
    signal: context.interrupted,
  });
  return await copyOut(context, connection, response);
}

async function printHook(
  context: CliContext,
  connection: Connection,
  cluster: string,
  options: LogOptions,
): Promise<number> {
  const response = await call(connection, "hook_logs", {
    body: {
      cluster_name: cluster,
      event: options.hook === "" ? null : (options.hook ?? null),
      follow: options.follow,
      tail: Math.max(0, options.tail),
    },
    signal: context.interrupted,
  });
  // A server that refuses answers with a request instead of a stream; its record says why.
  if (response.headers.get("content-type")?.includes("json") === true)
    await valueOf(connection, requestIdOf(response), context.interrupted);
  return await copyOut(context, connection, response);
}

async function copyOut(context: CliContext, connection: Connection, response: Response): Promise<number> {
  const { createProgress } = await import("#controller/cli/print/progress.ts");
  const progress = createProgress(context, context.stdout);
  for await (const chunk of bodyOf(connection, response)) progress.take(chunk);
  progress.close();
  return 0;
}

async function syncDown(
  context: CliContext,
  connection: Connection,
  cluster: string,
  ids: readonly string[],
  { output }: Pick<LogOptions, "output">,
): Promise<number> {
  const { downloadLogs } = await import("./download-logs.ts");
  const home = context.env["HOME"] ?? "";
  if (home === "")
    throw new StixError({
      code: "bad-value",
      message: "HOME is not set, so there is no ~/sky_logs to copy to",
      hint: "export HOME=/home/you",
    });
  const { folders, missing, kept } = await downloadLogs(
    connection,
    cluster,
    ids.length === 0 ? null : ids,
    `${home}/sky_logs`,
  );
  // SkyPilot paints this line in pipes too, and scripts take the path out between the codes.
  const isPainted = context.stdout.colour || (context.program === "sky" && (context.env["NO_COLOR"] ?? "") === "");
  if (output === "json") printJson(context, Object.fromEntries(folders));
  else
    for (const [id, folder] of folders) {
      const line = `Job ${id} logs: ${folder}`;
      context.stdout.write(isPainted ? `\x1b[36m${line}\x1b[0m\n` : `${line}\n`);
    }
  for (const [before, now] of kept)
    context.stderr.write(`warning: '${before}' held the output of another job; it is now '${now}'\n`);
  for (const sentence of missing) context.stderr.write(`warning: ${sentence}\n`);
  if (folders.length === 0) context.stdout.write(`No matching log directories found on cluster '${cluster}'.\n`);
  return 0;
}
