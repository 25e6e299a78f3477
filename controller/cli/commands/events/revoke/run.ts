// `events revoke`: takes credentials back.
import { callJson } from "#controller/sdk/connection.ts";
import { field, list } from "#controller/sdk/read.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";

export async function revokeMonitors(
  context: CliContext,
  names: readonly string[],
  config: readonly string[],
): Promise<number> {
  const connection = await context.connect({ config });
  const answer = await callJson(connection, "events.revoke", { body: { names } });
  for (const name of list(field(answer, "revoked"))) context.stdout.write(`Revoked ${String(name)}.\n`);
  return 0;
}
