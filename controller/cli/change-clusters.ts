// One deed on several clusters at once: find them, ask, do it, and say how each went.
import { StixError } from "#shared/errors/stix-error.ts";
import type { Connection, JsonRecord } from "../client/connection.ts";
import { statusBody } from "../client/overview.ts";
import { readClusters, type ClusterRecord } from "../client/records.ts";
import { ask, submit } from "../client/requests.ts";
import { unmatched } from "./cluster-patterns.ts";
import { confirm } from "./confirm.ts";
import { CONTROLLER_NAME } from "./cluster-name.ts";
import type { CliContext } from "./context.ts";
import { awaitRequest, printSubmitted } from "./follow-request.ts";
import { paint } from "./render/colour.ts";
import { shownError } from "./render/error.ts";

export interface Selection {
  readonly names: readonly string[];
  readonly all: boolean;
  readonly allUsers: boolean;
  /** A name that matches no cluster is an error; otherwise it is told, and what is there is done. */
  readonly strict: boolean;
}

export interface Deed {
  /** "down", for requests and hints. */
  readonly name: string;
  readonly path: string;
  readonly body: (cluster: ClusterRecord) => JsonRecord;
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
}


/** The clusters meant, after telling of names that match none. Throws `usage` when nothing is named, `cluster-not-found` when strict. */
export async function selectClusters(context: CliContext, connection: Connection, selection: Selection, command: string): Promise<readonly ClusterRecord[]> {
  const everything = selection.all || selection.allUsers;
  if (selection.names.length === 0 && !everything) throw nameThem(command);
  if (selection.names.length > 0 && everything) {
    throw new StixError({ code: "usage", message: "names do not go with '--all' or '--all-users'", hint: `{program} ${command} --all` });
  }
  const query = { clusters: everything ? null : selection.names, refresh: false, allUsers: selection.allUsers || !everything };
  const found = readClusters(await ask(connection, "/status", statusBody(query)));
  const missing = unmatched(selection.names, found.map((one) => one.name));
  if (missing.length > 0) await tellMissing(context, missing, selection.strict);
  const chosen = everything ? found.filter((one) => !CONTROLLER_NAME.test(one.name)) : found;
  if (chosen.some((one) => CONTROLLER_NAME.test(one.name)) && (chosen.length > 1 || command !== "down")) {
    throw new StixError({ code: "not-supported", message: `a controller can only be removed, and only alone`, hint: "{program} down NAME" });
  }
  if (chosen.length === 0) context.stdout.write(noneFound(context.program, command));
  return chosen;
}

/** Who has one cluster means that one; undefined, after telling, when there is none. Throws `usage` when there are several. */
export async function onlyCluster(context: CliContext, connection: Connection, command: string): Promise<readonly string[] | undefined> {
  const found = readClusters(await ask(connection, "/status", statusBody({ clusters: null, refresh: false, allUsers: false })));
  if (found.length > 1) throw nameThem(command);
  if (found.length === 0) context.stdout.write(noneFound(context.program, command));
  return found.length === 0 ? undefined : found.map((one) => one.name);
}

function nameThem(command: string): StixError {
  return new StixError({ code: "usage", message: `name the clusters to ${command}, or give '--all'`, hint: `{program} ${command} CLUSTER, or {program} status to see them` });
}

/** Throws when strict; otherwise says it, and what may have been meant. */
export async function tellMissing(context: CliContext, missing: readonly string[], strict: boolean): Promise<void> {
  const error = new StixError({ code: "cluster-not-found", message: `Cluster(s) not found: ${missing.join(", ")}.`, hint: "{program} status, or leave out --strict" });
  if (strict) throw error;
  context.stdout.write(`${error.message}\n`);
  const { withNearCluster } = await import("./near-cluster.ts");
  const near = await withNearCluster(context, error);
  if (near !== error) context.stderr.write(`try: ${near.hint}\n`);
}

/** SkyPilot's words: what scripts that end clusters look for when there is none to end. */
export function noneFound(program: string, command: string): string {
  const other = command === "start" ? ` Do you mean to use \`${program} launch\` to provision a new cluster?` : "";
  return `Cluster(s) not found (tip: see \`${program} status\`).${other}\n`;
}

/** 0 when every deed was done, 1 otherwise. */
export async function changeClusters(context: CliContext, connection: Connection, clusters: readonly ClusterRecord[], deed: Deed): Promise<number> {
  const names = clusters.map((one) => one.name);
  if (names.length === 0) return 0;
  await confirm(context, deed.question(names), { yes: deed.yes });
  if (names.length > 1 && !deed.detach) context.stdout.write(`${deed.title} ${names.length} clusters\n`);
  const failures: string[] = [];
  // All at once, told in the order of their names.
  const outcomes = clusters.map((cluster) => ({ name: cluster.name, done: settled(change(context, connection, cluster, deed)) }));
  for (const { name, done } of outcomes) {
    const error = await done;
    if (error === undefined && !deed.detach) {
      context.stdout.write(`${deed.doing(name)}...${paint(context.stdout.colour, "green", "done.")}\n`);
      for (const line of deed.after(name)) context.stdout.write(`${line}\n`);
    }
    if (error === undefined) continue;
    if (context.interrupted.aborted || names.length === 1) throw error.cause;
    const shown = shownError(error.cause, context.program);
    failures.push(name);
    context.stdout.write(`${deed.doing(name)}...${paint(context.stdout.colour, "red", "failed.")} ${shown.message}\n`);
  }
  if (names.length > 1 && !deed.detach) context.stdout.write(summary(names, failures));
  return failures.length === 0 ? 0 : 1;
}

async function change(context: CliContext, connection: Connection, cluster: ClusterRecord, deed: Deed): Promise<void> {
  const requestId = await submit(connection, deed.path, deed.body(cluster));
  if (deed.detach) printSubmitted(context, requestId, deed.name);
  else await awaitRequest(context, connection, requestId, { name: deed.name, log: context.stdout });
}

/** What went wrong, or undefined: one that fails must not leave the others unwatched. */
async function settled(deed: Promise<void>): Promise<{ readonly cause: unknown } | undefined> {
  try {
    await deed;
    return undefined;
  } catch (cause) {
    return { cause };
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
