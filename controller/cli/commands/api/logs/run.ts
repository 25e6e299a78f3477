// `api logs`: the log of a request or of the server, as it comes.
import { StixError } from "#shared/errors/stix-error.ts";
import { bodyOf, call } from "#controller/sdk/connection.ts";
import { followRequest } from "#controller/sdk/requests.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { createProgress } from "#controller/cli/print/progress.ts";

export interface ApiLogOptions {
  readonly config: readonly string[];
  readonly serverLogs: boolean;
  readonly logPath: string | undefined;
  readonly tail: number | undefined;
  readonly follow: boolean;
}

export async function printApiLog(
  context: CliContext,
  requestId: string | undefined,
  options: ApiLogOptions,
): Promise<number> {
  const named = [requestId, options.logPath, options.serverLogs ? "server" : undefined].filter(
    (one) => one !== undefined,
  );
  if (named.length !== 1) {
    throw new StixError({
      code: "usage",
      message: "name one log: a request, '--server-logs' or '--log-path'",
      hint: "{program} api status -a",
    });
  }
  const connection = await context.connect({ config: options.config });
  const progress = createProgress(context, context.stdout);
  const signal = context.interrupted;
  try {
    if (requestId !== undefined) {
      const wish = { signal, follow: options.follow, ...(options.tail !== undefined && { tail: options.tail }) };
      for await (const chunk of followRequest(connection, requestId, wish)) progress.take(chunk);
      return 0;
    }
    const response = await call(connection, "request.stream", {
      query: {
        log_path: options.logPath ?? "~/.sky/api_server/server.log",
        follow: String(options.follow),
        format: "plain",
        ...(options.tail !== undefined && { tail: String(options.tail) }),
      },
      signal,
    });
    for await (const chunk of bodyOf(connection, response)) progress.take(chunk);
    return 0;
  } finally {
    progress.close();
  }
}
