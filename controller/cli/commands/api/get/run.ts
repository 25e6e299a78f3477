// `api get`: the value of a request.
import { valueOf } from "#controller/sdk/requests.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { printJson } from "#controller/cli/print/answer.ts";

/** Waits for the end. */
export async function printValue(context: CliContext, requestId: string, config: readonly string[]): Promise<number> {
  const connection = await context.connect({ config });
  printJson(context, await valueOf(connection, requestId, context.interrupted));
  return 0;
}
