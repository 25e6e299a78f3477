// One long call from the command line: submit, show its log, give its value; Ctrl-C leaves the request running.
import { followRequest, valueOf } from "#controller/sdk/requests.ts";
import { runAndFollow, type Asked, type Listener, type Outcome } from "#controller/sdk/run-and-follow.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import type { CliContext, Output } from "#controller/cli/frame/context.ts";
import { paint } from "./colour.ts";
import { createProgress } from "./progress.ts";

const SHORT_ID = 8;

/** Its name is told in the lines of --async and Ctrl-C, too. */
export type LongCall = Asked & {
  /** Where lines of the request's log go: the standard output, unless that holds a JSON document. */
  readonly log: Output;
};

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
export async function runWithJob(
  context: CliContext,
  connection: Connection,
  long: LongCall,
  job: JobWatcher | undefined,
): Promise<Outcome> {
  const signal = context.interrupted;
  const progress = createProgress(context, long.log);
  let open: string | undefined;
  try {
    return await runAndFollow(
      connection,
      { ...long, jobOf: job?.cluster },
      {
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
      },
      signal,
    );
  } catch (error) {
    progress.close();
    if (signal.aborted && open !== undefined) tellGoesOn(context, open, long.name);
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
      takeLog(connection, requestId, signal, progress.take),
      valueOf(connection, requestId, signal),
    ]);
    progress.close();
    if (value.status === "rejected") throw value.reason;
    return value.value;
  } catch (error) {
    progress.close();
    if (signal.aborted) tellGoesOn(context, requestId, long.name);
    throw error;
  }
}

async function takeLog(
  connection: Connection,
  requestId: string,
  signal: AbortSignal,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  for await (const chunk of followRequest(connection, requestId, { signal })) take(chunk);
}

/** As the one who types the name knows it: SkyPilot's requests begin with its own. */
export function requestName(program: string, name: string): string {
  return program === "sky" ? `sky.${name}` : name;
}

/** --async: prints the id and where to look, and ends. */
export function printSubmitted(context: CliContext, requestId: string, name: string): void {
  context.stdout.write(
    `${paint(context.stdout.colour, "green", `Submitted ${requestName(context.program, name)} request: ${requestId}`)}\n`,
  );
  context.stdout.write(hints(context, requestId));
}

/** At Ctrl-C. */
function tellGoesOn(context: CliContext, requestId: string, name: string): void {
  context.stderr.write(
    `\nRequest ${requestId.slice(0, SHORT_ID)} (${name}) goes on without this command.\n${hints(context, requestId)}`,
  );
}

/** Scripts take the commands out of these lines. */
function hints({ program }: CliContext, requestId: string): string {
  const short = requestId.slice(0, SHORT_ID);
  return `├── Check logs with: ${program} api logs ${short}\n└── To cancel the request, run: ${program} api cancel ${short}\n`;
}
