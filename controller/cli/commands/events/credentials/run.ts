// `events credentials`: credentials for a monitor, on the standard output alone.
import { StixError } from "#shared/errors/stix-error.ts";
import { callJson } from "#controller/sdk/connection.ts";
import { numberField, textField } from "#controller/sdk/read.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { day, window } from "../shared/spans.ts";

export interface CredentialsOptions {
  readonly config: readonly string[];
  readonly name: string | undefined;
  readonly expires: string | undefined;
}

/** The credentials alone on stdout; the rest, which is for people, on stderr. */
export async function printCredentials(context: CliContext, options: CredentialsOptions): Promise<number> {
  const lifetime = options.expires === undefined ? undefined : window(options.expires, "--expires 12h, 30d or 52w");
  const connection = await context.connect({ config: options.config });
  const body = {
    ...(options.name !== undefined && { name: options.name }),
    ...(lifetime !== undefined && { lifetime_ms: lifetime }),
  };
  const answer = await callJson(connection, "events.credentials", { body });
  const credentials = textField(answer, "credentials");
  if (credentials === undefined)
    throw new StixError({
      code: "internal",
      message: "the server gave no credentials",
      hint: "{program} api logs --server-logs",
    });
  context.stdout.write(credentials.endsWith("\n") ? credentials : `${credentials}\n`);
  const name = textField(answer, "name") ?? "-";
  context.stderr.write(
    `Server:   ${textField(answer, "url") ?? "-"}\nConsumer: ${textField(answer, "consumer") ?? "-"}\nExpires:  ${day(numberField(answer, "expire_at"))}\n`,
  );
  context.stderr.write(`To take them back: ${context.program} events revoke ${name}\n`);
  return 0;
}
