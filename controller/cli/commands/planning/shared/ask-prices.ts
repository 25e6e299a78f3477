// `offer` and `explain`: what the market has for a task, and why a plan is as it is. Nothing is made.
import type { CallBody } from "#shared/api/routes.ts";
import { callJson } from "#controller/sdk/connection.ts";
import { field, textField } from "#controller/sdk/read.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { resolveEntrypoint } from "#controller/cli/frame/task/entrypoint.ts";
import { printJson, printLine, widthOf } from "#controller/cli/print/answer.ts";
import { taskText } from "#controller/cli/frame/task/task-text.ts";
import type { TaskFlags } from "#controller/cli/frame/task/submit-options.ts";

interface Asked extends TaskFlags {
  readonly config: readonly string[];
  readonly output: "table" | "json";
}

export interface OffersAsked extends Asked {
  readonly order: NonNullable<CallBody<"offers">["order"]>;
  readonly limit: number;
  readonly expected: boolean;
}

export interface ExplanationAsked extends Asked {
  readonly about: string | undefined;
  readonly aboutType: string | undefined;
  readonly assumeEnabled: readonly string[];
}

/** A search over the whole catalog, and the clouds' own offers. */
const PRICES_TIMEOUT_MS = 60_000;

export async function printOffers(context: CliContext, words: readonly string[], asked: OffersAsked): Promise<number> {
  return await ask(context, words, asked, "offers", {
    order: asked.order,
    limit: asked.limit,
    expected: asked.expected,
  });
}

export async function printExplanation(
  context: CliContext,
  words: readonly string[],
  asked: ExplanationAsked,
): Promise<number> {
  const [cloud, ...place] = (asked.about ?? "").split("/");
  const subject = {
    ...(cloud !== undefined && cloud !== "" && { cloud: cloud.toLowerCase() }),
    ...(place.length > 0 && { region: place.join("/") }),
    ...(asked.aboutType !== undefined && { instance_type: asked.aboutType }),
  };
  return await ask(context, words, asked, "explain", {
    subject,
    stix_assume_enabled: assumedClouds(asked.assumeEnabled),
  });
}

/** "aws,gcp" and repeated options are the same. */
export function assumedClouds(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(","))
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== "");
}

async function ask(
  context: CliContext,
  words: readonly string[],
  asked: Asked,
  name: "offers" | "explain",
  wish: Partial<CallBody<"offers"> & CallBody<"explain">>,
): Promise<number> {
  const entrypoint = await resolveEntrypoint(context, words);
  const connection = await context.connect({ config: asked.config });
  const { text, blobId } = await taskText(context, connection, entrypoint, {
    flags: asked,
    autostop: undefined,
    yes: true,
  });
  const body = {
    task: text,
    cluster_name: "",
    file_mounts_blob_id: blobId ?? null,
    ...widthOf(context.stdout),
    ...wish,
  };
  const answer = await callJson(connection, name, { body, timeoutMs: PRICES_TIMEOUT_MS });
  if (asked.output === "json") printJson(context, field(answer, "json"));
  else printLine(context, textField(answer, "text") ?? "");
  return 0;
}
