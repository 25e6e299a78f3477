// One long call from the command line: submit, show its log, give its value; Ctrl-C leaves the request running.
import { followRequest, valueOf } from "../client/requests.ts";
import { runAndFollow, type Listener, type Outcome } from "../client/run-and-follow.ts";
import type { Connection, JsonRecord } from "../client/connection.ts";
import type { CliContext, Output } from "./context.ts";
import { paint } from "./render/colour.ts";
import { createProgress } from "./render/progress.ts";

export interface LongCall {
  readonly path: string;
  readonly body: JsonRecord;
  /** "launch", for the lines of --async and Ctrl-C. */
  readonly name: string;
  /** Where lines of the request's log go: the standard output, unless that holds a JSON document. */
  readonly log: Output;
}

export interface JobWatcher extends Pick<Listener, "frame"> {
  readonly cluster: string;
  /** Told the request's value, before the first frame. */
  readonly submitted: (value: unknown) => void;
}

/** The request's value. Throws its error, or the reason of Ctrl-C after the hints were printed. */
export async function runRequest(context: CliContext, connection: Connection, long: LongCall): Promise<unknown> {
  return (await runWithJob(context, connection, long, undefined)).value;
}

/**
 * As `runRequest`, and goes on with the frames of the job that was submitted when there is somebody to take them: what
 * fails then is the following of the job.
 */
export async function runWithJob(context: CliContext, connection: Connection, long: LongCall, job: JobWatcher | undefined): Promise<Outcome> {
  const signal = context.interrupted;
  const progress = createProgress(context, long.log);
  let open: string | undefined;
  try {
    return await runAndFollow(connection, { path: long.path, body: long.body, jobOf: job?.cluster }, {
      accepted: (requestId) => {
        open = requestId;
      },
      log: progress.take,
      value: (value) => {
        open = undefined;
        progress.close();
        job?.submitted(value);
      },
      frame: job?.frame ?? (() => undefined),
    }, signal);
  } catch (error) {
    progress.close();
    if (signal.aborted && open !== undefined) hintsOf(context, connection, open, long.name, "goes on without this command");
    throw error;
  }
}

/** The value of a request that was submitted before. */
export async function awaitRequest(
  context: CliContext,
  connection: Connection,
  requestId: string,
  long: Pick<LongCall, "name" | "log">,
): Promise<unknown> {
  const signal = context.interrupted;
  const progress = createProgress(context, long.log);
  try {
    // Both at once: the value is often there before the log's stream has closed.
    const [, value] = await Promise.allSettled([
      followRequest(connection, requestId, progress.take, { signal }),
      valueOf(connection, requestId, signal),
    ]);
    progress.close();
    if (value.status === "rejected") throw value.reason;
    return value.value;
  } catch (error) {
    progress.close();
    if (signal.aborted) hintsOf(context, connection, requestId, long.name, "goes on without this command");
    throw error;
  }
}

/** --async: prints the id and where to look, and ends. */
export function printSubmitted(context: CliContext, connection: Connection, requestId: string, name: string): void {
  context.stdout.write(`${paint(context.stdout.colour, "green", `Submitted ${name} request: ${requestId}`)}\n`);
  hintsOf(context, connection, requestId, name, undefined);
}

function hintsOf(context: CliContext, connection: Connection, requestId: string, name: string, note: string | undefined): void {
  const { program, stderr } = context;
  const short = requestId.slice(0, 8);
  if (note !== undefined) stderr.write(`\nRequest ${short} (${name}) ${note}.\n`);
  stderr.write(`├── To follow it:      ${program} api logs ${short}\n`);
  stderr.write(`├── In the browser:    ${connection.endpoint.url}/api/stream?request_id=${short}\n`);
  stderr.write(`└── To cancel it:      ${program} api cancel ${short}\n`);
}
