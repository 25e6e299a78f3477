// A cluster's name that nobody has: the nearest one that somebody has, with the command as it was meant.
import { StixError } from "#shared/errors/stix-error.ts";
import { callJson } from "#controller/sdk/connection.ts";
import { list } from "#controller/sdk/read.ts";
import type { CliContext } from "./context.ts";
import { didYouMean } from "./parse/did-you-mean.ts";
import { typedCommand } from "./typed-command.ts";

/** A suggestion is no reason to wait. */
const NAMES_TIMEOUT_MS = 1_000;

/** The same error, with the command to type instead where a name is near. Never fails itself. */
export async function withNearCluster(context: CliContext, error: StixError): Promise<StixError> {
  try {
    const named = namesIn(error.message);
    const missing = context.argv.find((word) => named.includes(word));
    if (missing === undefined) return error;
    const connection = await context.connect({ noStart: true });
    const names = list(
      await callJson(connection, "completion", { parts: { what: "cluster_name" }, timeoutMs: NAMES_TIMEOUT_MS }),
    ).filter((one) => typeof one === "string");
    const near = didYouMean(missing, names);
    if (near === undefined || near === missing) return error;
    const meant = typedCommand(
      context.program,
      context.argv.map((word) => (word === missing ? near : word)),
    );
    return new StixError({
      code: error.code,
      message: error.message,
      hint: `did you mean '${near}'? ${meant}`,
      details: error.details,
      cause: error.cause,
    });
  } catch {
    return error;
  }
}

/** "cluster 'a' does not exist", "Cluster(s) not found: a, b." */
function namesIn(message: string): readonly string[] {
  const listed = /not found: (.*)\.$/.exec(message)?.[1]?.split(", ") ?? [];
  return [...listed, ...[...message.matchAll(/'([^']+)'/g)].map((found) => found[1] ?? "")];
}
