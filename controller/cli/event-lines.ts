// `events`: the stream as lines, and the credentials to follow it without us.
import { StixError } from "#shared/errors/stix-error.ts";
import { call, callJson } from "../client/connection.ts";
import { numberField, textField } from "../client/read.ts";
import type { CliContext } from "./context.ts";

export interface EventsOptions {
  readonly config: readonly string[];
  readonly follow: boolean;
  readonly since: string | undefined;
  readonly cluster: string | undefined;
  readonly output: "table" | "json";
}

export async function printEvents(context: CliContext, options: EventsOptions): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const since = options.since === undefined ? undefined : context.clock.now() - window(options.since);
  const response = await call(connection, "GET", "/stix/v1/events", {
    query: { follow: String(options.follow), ...(since !== undefined && { since: String(since) }), ...(options.cluster !== undefined && { cluster: options.cluster }) },
    signal: context.interrupted,
  });
  const decoder = new TextDecoder();
  let rest = "";
  const show = (line: string) => {
    if (line !== "") context.stdout.write(`${options.output === "json" ? line : eventLine(line)}\n`);
  };
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) show(line);
  }
  show(rest);
  return 0;
}

/** "2026-01-31T12:00:00.000Z  train  job-started  {…}" */
function eventLine(json: string): string {
  let event: unknown;
  try {
    event = JSON.parse(json);
  } catch {
    // A line we do not understand is still what happened.
    return json;
  }
  if (typeof event !== "object" || event === null) return json;
  const at = numberField(event, "at");
  const type = textField(event, "type") ?? textField(event, "event") ?? "-";
  const rest = Object.fromEntries(Object.entries(event).filter(([name]) => !["at", "type", "id", "seq", "boot"].includes(name)));
  return [at === undefined ? "-" : new Date(at).toISOString(), type.replace(/^stix\.v1\./, ""), JSON.stringify(rest)].join("  ");
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of "30m"; a bare number is seconds. */
function window(text: string): number {
  const found = /^(\d+)([smhdw]?)$/.exec(text);
  const unit = units[found?.[2] === "" ? "s" : (found?.[2] ?? "")];
  if (found === null || unit === undefined) throw new StixError({ code: "usage", message: `'${text}' is no span of time`, hint: "--since 30m, 24h, 7d or 2w" });
  return Number(found[1]) * unit;
}

export async function printCredentials(context: CliContext, config: readonly string[]): Promise<number> {
  const connection = await context.connect({ config });
  const answer = await callJson(connection, "POST", "/stix/v1/events/credentials", { body: {} });
  const credentials = textField(answer, "credentials");
  if (credentials === undefined) throw new StixError({ code: "internal", message: "the server gave no credentials", hint: "{program} api logs --server-logs" });
  context.stdout.write(credentials.endsWith("\n") ? credentials : `${credentials}\n`);
  const servers = textField(answer, "url") ?? textField(answer, "servers");
  if (servers !== undefined) context.stderr.write(`Server: ${servers}\n`);
  return 0;
}
