// One deed on several clusters at once: find them, ask, do it, and say how each went.
import { StixError } from "#shared/errors/stix-error.ts";
import type { RequestCallName } from "#shared/api/calls.ts";
import type { CallBody } from "#shared/api/routes.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { statusBody } from "#controller/sdk/overview.ts";
import { readClusters, type ClusterRecord } from "#controller/sdk/records.ts";
import { ask, submit } from "#controller/sdk/requests.ts";
import { unmatched } from "#controller/cli/frame/cluster-patterns.ts";
import { confirm } from "#controller/cli/frame/confirm.ts";
import { CONTROLLER_NAME } from "#controller/cli/frame/cluster-name.ts";
import type { CliContext, Output } from "#controller/cli/frame/context.ts";
import { awaitRequest, printSubmitted } from "#controller/cli/print/follow-request.ts";
import { printJson } from "#controller/cli/print/answer.ts";
import { paint } from "#controller/cli/print/colour.ts";
import { shownError } from "#controller/cli/print/error.ts";

export interface Selection {
  readonly names: readonly string[];
  readonly all: boolean;
  readonly allUsers: boolean;
  /** A name that matches no cluster is an error; otherwise it is told, and what is there is done. */
  readonly strict: boolean;
  /** With json the standard output is for the document alone. */
  readonly output?: "table" | "json";
}

/** The call, which names the deed in hints as well, and its body for a cluster. */
type DeedCall = {
  readonly [Name in RequestCallName]: {
    readonly name: Name;
    readonly body: (cluster: ClusterRecord) => CallBody<Name>;
  };
}[RequestCallName];

export type Deed = DeedCall & DeedWords;

interface DeedWords {
  /** "Terminating", in front of "2 clusters". */
  readonly title: string;
  /** "Terminating cluster 'x'". */
  readonly doing: (cluster: string) => string;
  /** Lines after success. */
  readonly after: (cluster: string) => readonly string[];
  /** Shown before anything is done; null asks nothing. */
  readonly question: (clusters: readonly string[]) => string;
  readonly yes: boolean;
  readonly detach: boolean;
  readonly output?: "table" | "json";
}

/** How one cluster fared, for programs. */
export interface Outcome {
  readonly name: string;
  readonly done: boolean;
  /** Of the request that was only submitted. */
  readonly request_id?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string | undefined };
}

/** The clusters meant, after telling of names that match none. Throws `usage` when nothing is named, `cluster-not-found` when strict. */
export async function selectClusters(
  context: CliContext,
  connection: Connection,
  selection: Selection,
  command: string,
): Promise<readonly ClusterRecord[]> {
  const everything = selection.all || selection.allUsers;
  if (selection.names.length === 0 && !everything) throw nameThem(command);
  if (selection.names.length > 0 && everything) {
    throw new StixError({
      code: "usage",
      message: "names do not go with '--all' or '--all-users'",
      hint: `{program} ${command} --all`,
    });
  }
  const query = {
    clusters: everything ? null : selection.names,
    refresh: false,
    allUsers: selection.allUsers || !everything,
  };
  const found = readClusters(await ask(connection, "status", statusBody(query)));
  const missing = unmatched(
    selection.names,
    found.map((one) => one.name),
  );
  if (missing.length > 0) await tellMissing(context, missing, selection);
  const chosen = everything ? found.filter((one) => !CONTROLLER_NAME.test(one.name)) : found;
  if (chosen.some((one) => CONTROLLER_NAME.test(one.name)) && (chosen.length > 1 || command !== "down")) {
    throw new StixError({
      code: "not-supported",
      message: `a controller can only be removed, and only alone`,
      hint: "{program} down NAME",
    });
  }
  if (chosen.length === 0) storyOf(context, selection.output).write(noneFound(context.program, command));
  return chosen;
}

/** Who has one cluster means that one; undefined, after telling, when there is none. Throws `usage` when there are several. */
export async function onlyCluster(
  context: CliContext,
  connection: Connection,
  command: string,
  output?: Selection["output"],
): Promise<readonly string[] | undefined> {
  const found = readClusters(
    await ask(connection, "status", statusBody({ clusters: null, refresh: false, allUsers: false })),
  );
  if (found.length > 1) throw nameThem(command);
  if (found.length === 0) storyOf(context, output).write(noneFound(context.program, command));
  if (found.length === 0 && output === "json") printJson(context, { clusters: [] });
  return found.length === 0 ? undefined : found.map((one) => one.name);
}

/** With json the standard output is for the document alone. */
export function storyOf(context: CliContext, output: Selection["output"]): Output {
  return output === "json" ? context.stderr : context.stdout;
}

function nameThem(command: string): StixError {
  return new StixError({
    code: "usage",
    message: `name the clusters to ${command}, or give '--all'`,
    hint: `{program} ${command} CLUSTER, or {program} status to see them`,
  });
}

/** Throws when strict; otherwise says it, and what may have been meant. */
export async function tellMissing(
  context: CliContext,
  missing: readonly string[],
  { strict, output }: Pick<Selection, "strict" | "output">,
): Promise<void> {
  const error = new StixError({
    code: "cluster-not-found",
    message: `Cluster(s) not found: ${missing.join(", ")}.`,
    hint: "{program} status, or leave out --strict",
  });
  if (strict) throw error;
  storyOf(context, output).write(`${error.message}\n`);
  const { withNearCluster } = await import("#controller/cli/frame/near-cluster.ts");
  const near = await withNearCluster(context, error);
  if (near !== error) context.stderr.write(`try: ${near.hint}\n`);
}

/** SkyPilot's words: what scripts that end clusters look for when there is none to end. */
export function noneFound(program: string, command: string): string {
  const other = command === "start" ? ` Do you mean to use \`${program} launch\` to provision a new cluster?` : "";
  return `Cluster(s) not found (tip: see \`${program} status\`).${other}\n`;
}

/** 0 when every deed was done, 1 otherwise. */
export async function changeClusters(
  context: CliContext,
  connection: Connection,
  clusters: readonly ClusterRecord[],
  deed: Deed,
): Promise<number> {
  const names = clusters.map((one) => one.name);
  const json = deed.output === "json";
  const story = storyOf(context, deed.output);
  if (names.length > 0) await confirm(context, deed.question(names), { yes: deed.yes });
  const outcomes: Outcome[] = [];
  if (names.length > 1 && !deed.detach) story.write(`${deed.title} ${names.length} clusters\n`);
  // All at once, told in the order of their names.
  const running = clusters.map((cluster) => ({
    name: cluster.name,
    ended: settled(change(context, connection, cluster, deed)),
  }));
  for (const { name, ended } of running) {
    const { requestId, failure } = await ended;
    outcomes.push(outcomeOf(context, name, deed.detach ? requestId : undefined, failure));
    if (failure !== undefined && (context.interrupted.aborted || names.length === 1)) throw failure.cause;
    if (!deed.detach || failure !== undefined) tell(story, deed, outcomes.at(-1) ?? { name, done: false });
  }
  const failures = outcomes.filter((one) => !one.done).map((one) => one.name);
  if (json) printJson(context, { clusters: outcomes });
  else if (names.length > 1 && !deed.detach) story.write(summary(names, failures));
  return failures.length === 0 ? 0 : 1;
}

export function outcomeOf(
  context: CliContext,
  name: string,
  requestId: string | undefined,
  failure?: Failure,
): Outcome {
  if (failure === undefined) return { name, done: true, ...(requestId !== undefined && { request_id: requestId }) };
  const { code, message, hint } = shownError(failure.cause, context.program);
  return { name, done: false, error: { code, message, hint } };
}

function tell(story: Output, deed: Deed, { name, error }: Outcome): void {
  if (error !== undefined)
    return story.write(`${deed.doing(name)}...${paint(story.colour, "red", "failed.")} ${error.message}\n`);
  story.write(`${deed.doing(name)}...${paint(story.colour, "green", "done.")}\n`);
  for (const line of deed.after(name)) story.write(`${line}\n`);
}

/** Gives the request's id. */
async function change(
  context: CliContext,
  connection: Connection,
  cluster: ClusterRecord,
  deed: Deed,
): Promise<string> {
  const requestId = await submit(connection, deed.name, deed.body(cluster));
  if (!deed.detach)
    await awaitRequest(context, connection, requestId, { name: deed.name, log: storyOf(context, deed.output) });
  else if (deed.output !== "json") printSubmitted(context, requestId, deed.name);
  return requestId;
}

export interface Failure {
  readonly cause: unknown;
}

/** Never throws: one that fails must not leave the others unwatched. */
export async function settled(
  deed: Promise<string | undefined>,
): Promise<{ readonly requestId?: string | undefined; readonly failure?: Failure }> {
  try {
    return { requestId: await deed };
  } catch (cause) {
    return { failure: { cause } };
  }
}

function summary(names: readonly string[], failures: readonly string[]): string {
  const done = names.filter((name) => !failures.includes(name));
  const lines = ["Summary:"];
  if (done.length > 0) lines.push(`  ✓ Succeeded: ${done.join(", ")}`);
  if (failures.length > 0) lines.push(`  ✗ Failed: ${failures.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

/** "cluster 'a'", "2 clusters: 'a', 'b'". */
export function namedClusters(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`).join(", ");
  return names.length === 1 ? `cluster ${quoted}` : `${names.length} clusters: ${quoted}`;
}
