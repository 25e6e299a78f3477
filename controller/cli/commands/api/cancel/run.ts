// `api cancel`: the end of requests, after a question.
import { StixError } from "#shared/errors/stix-error.ts";
import { userHash } from "#controller/local-server/identity.ts";
import { list } from "#controller/sdk/read.ts";
import { ask } from "#controller/sdk/requests.ts";
import { confirm, confirmByTyping } from "#controller/cli/frame/confirm.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";

export interface CancelRequestsOptions {
  readonly config: readonly string[];
  readonly all: boolean;
  readonly allUsers: boolean;
  readonly yes: boolean;
}

export async function cancelRequests(
  context: CliContext,
  ids: readonly string[],
  options: CancelRequestsOptions,
): Promise<number> {
  const everything = options.all || options.allUsers;
  if (ids.length === 0 && !everything)
    throw new StixError({
      code: "usage",
      message: "name the requests to cancel, or give '--all'",
      hint: "{program} api status",
    });
  if (ids.length > 0 && everything)
    throw new StixError({
      code: "usage",
      message: "ids do not go with '--all' or '--all-users'",
      hint: "{program} api cancel --all",
    });
  const connection = await context.connect({ config: options.config });
  const own = userHash(context.env, context.paths, context.random);
  if (everything) {
    const whose = options.allUsers ? "of every user" : "of yours";
    await confirmByTyping(context, `This cancels every request ${whose}.`, "cancel all requests", options.yes);
    context.stdout.write(
      options.allUsers ? "Cancelling all requests of all users...\n" : `Cancelling all requests for user '${own}'...\n`,
    );
  } else {
    const many = `${ids.length} request${ids.length === 1 ? "" : "s"}: '${ids.join("', '")}'`;
    await confirm(context, `Cancelling ${many}. Proceed?`, { yes: options.yes });
    context.stdout.write(`Cancelling ${many}...\n`);
  }
  const cancelled = list(
    await ask(connection, "api_cancel", {
      request_ids: ids.length === 0 ? null : [...ids],
      user_id: options.allUsers || ids.length > 0 ? null : own,
    }),
  );
  if (cancelled.length === 0) context.stdout.write("No requests need to be cancelled.\n");
  for (const id of cancelled) context.stdout.write(`Cancelled request: ${String(id)}\n`);
  return 0;
}
