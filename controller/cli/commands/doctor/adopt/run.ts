// `doctor adopt`: machines without a record, taken back.
import { StixError } from "#shared/errors/stix-error.ts";
import { field, list, textField } from "#controller/sdk/read.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { runRequest } from "#controller/cli/print/follow-request.ts";
import { printJson } from "#controller/cli/print/answer.ts";
import { storyOf, type LeakOptions } from "../shared/leak-options.ts";

export async function adoptLeaks(
  context: CliContext,
  ids: readonly string[],
  options: LeakOptions & { readonly name: string | undefined },
): Promise<number> {
  if (options.name !== undefined && ids.length !== 1)
    throw new StixError({
      code: "usage",
      message: "'--name' names exactly one cluster",
      hint: "{program} doctor adopt ID --name NAME",
    });
  const connection = await context.connect({ config: options.config });
  const body = { cids: ids.length === 0 ? null : ids, name: options.name ?? null };
  const value = await runRequest(context, connection, {
    body,
    name: "doctor.adopt",
    log: storyOf(context, options),
  });
  const clusters = list(field(value, "clusters"));
  if (options.output === "json")
    printJson(
      context,
      clusters.map((one) => ({
        name: textField(one, "name"),
        cid: textField(one, "cid"),
        state: textField(one, "state"),
      })),
    );
  else if (clusters.length === 0) context.stdout.write("No machines without a record.\n");
  return 0;
}
