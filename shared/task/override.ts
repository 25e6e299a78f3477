// Lays the flags of a command over a task: every flag wins over its key, and `none` takes the key back.
import { factsOf, wordsFor } from "../clouds.ts";
import { tpuCloud, tpuClouds } from "./accelerators.ts";
import { isTpu, readAccelerators, tpuArguments, type AcceleratorNames } from "./accelerators.ts";
import { placeTpu } from "./alternative.ts";
import { DISK_SIZE_DEFAULT_GIB } from "./quantities.ts";
import { cloudAdvice, CLOUDS } from "./schema/words.ts";
import { canonicalCloud, parseInfra, regionName, writtenRegion } from "./infra.ts";
import { mergeConfig } from "../config/merge.ts";
import type { Problem } from "./problem.ts";
import { newReport, type Scope } from "./report.ts";
import { compact } from "./compact.ts";
import { readResources } from "./resources.ts";
import type { Dag, Resources, Task } from "./task.ts";

/** Values as typed on the command line; absent flags are absent here. */
export interface TaskOverrides {
  readonly name?: string;
  readonly workdir?: string;
  readonly gitUrl?: string;
  readonly gitRef?: string;
  /** Fills all three parts of the place: those it leaves out are reset. */
  readonly infra?: string;
  readonly cloud?: string;
  readonly region?: string;
  readonly zone?: string;
  readonly gpus?: string;
  readonly cpus?: string;
  readonly memory?: string;
  readonly instanceType?: string;
  readonly numNodes?: number;
  readonly useSpot?: boolean;
  readonly imageId?: string;
  readonly diskSize?: number | string;
  readonly diskTier?: string;
  readonly networkTier?: string;
  readonly localDisk?: string;
  readonly ports?: readonly string[];
  /** A number, or the name of a priority class. */
  readonly priority?: string;
  readonly jobRecovery?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Merged into the task's `config`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export type Overridden =
  | { readonly ok: true; readonly task: Task }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Names of flags as users type them, for problems. */
const FLAGS: Readonly<Record<string, string>> = {
  cpus: "--cpus",
  memory: "--memory",
  disk_size: "--disk-size",
  disk_tier: "--disk-tier",
  network_tier: "--network-tier",
  local_disk: "--local-disk",
  ports: "--ports",
  accelerators: "--gpus",
  instance_type: "--instance-type",
  job_recovery: "--job-recovery",
};

/** The task with the flags laid over it. A flag's value is judged like the key's. */
export function applyOverrides(task: Task, overrides: TaskOverrides, names: AcceleratorNames = {}): Overridden {
  const problems: Problem[] = [...conflicts(overrides)];
  const resources = overrideAlternatives(task, overrides, names, problems);
  if (overrides.numNodes !== undefined && !(Number.isInteger(overrides.numNodes) && overrides.numNodes > 0)) {
    problems.push(flagProblem("ValueError", `--num-nodes must be a whole number above 0, found ${overrides.numNodes}`));
  }
  if (problems.length > 0) return { ok: false, problems };
  const config = overrides.config === undefined ? task.config : mergeConfig(task.config ?? {}, overrides.config);
  const secrets = { ...task.secrets, ...overrides.secrets };
  const changed: Task = compact({
    ...task,
    name: overrides.name ?? task.name,
    numNodes: overrides.numNodes ?? task.numNodes,
    workdir: overrideWorkdir(task, overrides),
    envs: { ...task.envs, ...overrides.env },
    secrets,
    secretReferences: task.secretReferences.filter((name) => !(name in (overrides.secrets ?? {}))),
    config,
    resources: {
      ...task.resources,
      alternatives: resources.map((each) => compact({ ...each, configOverrides: config ?? each.configOverrides })),
    },
  });
  return { ok: true, task: changed };
}

/**
 * The same over a DAG. Several tasks take only what is about the files and variables of all of them;
 * `ignored` names the flags that were left out, for a warning.
 */
export function applyOverridesToDag(
  dag: Dag,
  overrides: TaskOverrides,
  names: AcceleratorNames = {},
):
  | { readonly ok: true; readonly dag: Dag; readonly ignored: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const isSeveral = dag.kind !== "single";
  const { env, secrets, workdir, gitUrl, gitRef } = overrides;
  const used: TaskOverrides = isSeveral ? compact({ env, secrets, workdir, gitUrl, gitRef }) : overrides;
  const ignored = isSeveral ? Object.keys(overrides).filter((key) => !(key in used) && key !== "name") : [];
  const results = dag.tasks.map((task) => applyOverrides(task, used, names));
  const problems = results.flatMap((result) => (result.ok ? [] : result.problems));
  if (problems.length > 0) return { ok: false, problems };
  const tasks = results.flatMap((result) => (result.ok ? [result.task] : []));
  const name = overrides.name ?? dag.name;
  return { ok: true, dag: compact({ ...dag, name, tasks }), ignored };
}

function conflicts(overrides: TaskOverrides): Problem[] {
  const problems: Problem[] = [];
  const hasParts = overrides.cloud !== undefined || overrides.region !== undefined || overrides.zone !== undefined;
  if (overrides.infra !== undefined && hasParts) {
    problems.push(
      flagProblem(
        "ValueError",
        "--infra and --cloud, --region or --zone cannot stand together",
        "use --infra cloud/region/zone",
      ),
    );
  }
  if (overrides.workdir !== undefined && overrides.gitUrl !== undefined) {
    problems.push(flagProblem("UsageError", "--workdir and --git-url cannot stand together", "keep one of them"));
  }
  const ports = overrides.ports ?? [];
  if (ports.length > 1 && ports.some(isNone)) {
    problems.push(
      flagProblem("ValueError", '--ports "none" and other ports cannot stand together', "keep --ports none alone"),
    );
  }
  return problems;
}

function overrideWorkdir(task: Task, { workdir, gitUrl, gitRef }: TaskOverrides): Task["workdir"] | undefined {
  if (workdir !== undefined) return workdir;
  if (gitUrl !== undefined) return gitRef === undefined ? { url: gitUrl } : { url: gitUrl, ref: gitRef };
  // A ref alone moves the repository that the file names.
  if (gitRef !== undefined && typeof task.workdir === "object") return { ...task.workdir, ref: gitRef };
  return task.workdir;
}

/** Every alternative takes the flags; a list of accelerators on the command line multiplies them. */
function overrideAlternatives(
  task: Task,
  overrides: TaskOverrides,
  names: AcceleratorNames,
  problems: Problem[],
): Resources[] {
  const flags = readFlags(overrides, names, problems);
  const place = overridePlace(overrides, problems);
  return task.resources.alternatives.flatMap((each) => {
    const placed = overlay(overlay(each, place), flags.plain);
    const imaged = overrideImage(placed, overrides.imageId);
    const results =
      flags.accelerators === undefined
        ? [imaged]
        : flags.accelerators.map((partial) => overlay(imaged, { ...partial, cloud: imaged.cloud ?? null }));
    return results.map((result) => settle(each, result, problems));
  });
}

/** What follows from the place and the accelerator that a task has in the end. */
function settle(before: Resources, after: Resources, problems: Problem[]): Resources {
  const { accelerator } = after;
  const { cloud } = placeTpu(after, accelerator);
  if (accelerator !== undefined && isTpu(accelerator.name) && (factsOf(cloud)?.tpus ?? null) === null) {
    problems.push(
      flagProblem(
        "AssertionError",
        `'${accelerator.name}' is on ${tpuClouds.join(" and ")} only, not on '${cloud ?? ""}'`,
      ),
    );
  }
  const isNewTpu = accelerator !== undefined && accelerator !== before.accelerator && isTpu(accelerator.name);
  const acceleratorArgs = isNewTpu
    ? tpuArguments(accelerator.name, cloud ?? tpuCloud("machines"), {})
    : after.acceleratorArgs;
  const wasPool =
    before.cloud !== cloud && (factsOf(before.cloud)?.regionPrefix ?? "") !== "" && after.region === before.region;
  const region = wasPool ? writtenRegion(before) : after.region;
  const images = after.imageId;
  const imageId =
    images === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(images).map(([place, image]) => [
            place,
            place === "docker" ? image : containerImage(image, cloud),
          ]),
        );
  return compact({ ...after, cloud, region, imageId, acceleratorArgs });
}

/** Keys with null are taken away, others replaced. */
type Overlay = { readonly [Key in keyof Resources]?: Resources[Key] | null };

function overlay(base: Resources, over: Overlay): Resources {
  const merged = Object.entries({ ...base, ...over }).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(merged) as Resources;
}

interface FlagResources {
  readonly plain: Overlay;
  readonly accelerators?: readonly Overlay[];
}

function readFlags(overrides: TaskOverrides, names: AcceleratorNames, problems: Problem[]): FlagResources {
  const written = compact({
    cpus: overrides.cpus,
    memory: overrides.memory,
    instance_type: overrides.instanceType,
    use_spot: overrides.useSpot,
    disk_size: overrides.diskSize,
    disk_tier: overrides.diskTier,
    network_tier: overrides.networkTier,
    local_disk: overrides.localDisk,
    ports: writtenPorts(overrides.ports),
    job_recovery: overrides.jobRecovery,
  });
  const reset = Object.entries(written)
    .filter(([, value]) => isNone(value))
    .map(([key]) => key);
  const asked = Object.fromEntries(Object.entries(written).filter(([, value]) => !isNone(value)));
  const [read] = readFlagResources(asked, names, problems);
  const plain: Overlay = {
    ...read,
    ...Object.fromEntries(reset.map((key) => [NORMAL_KEYS[key] ?? key, null])),
    ...readPriority(overrides.priority, problems),
    // The default size is no news in a file; on the command line it takes back another one.
    ...(asked["disk_size"] === undefined ? {} : { diskSizeGib: read?.diskSizeGib ?? DISK_SIZE_DEFAULT_GIB }),
  };
  if (overrides.gpus === undefined) return { plain };
  if (isNone(overrides.gpus)) return { plain: { ...plain, accelerator: null, acceleratorArgs: null } };
  return { plain, accelerators: readGpus(overrides.gpus, names, problems) };
}

/** One value may be `none`, so it stays as typed. */
function writtenPorts(ports: readonly string[] | undefined): string | string[] | undefined {
  const [first, ...others] = ports ?? [];
  return first === undefined || others.length === 0 ? first : [first, ...others];
}

const NORMAL_KEYS: Readonly<Record<string, keyof Resources>> = {
  instance_type: "instanceType",
  disk_tier: "diskTier",
  network_tier: "networkTier",
  local_disk: "localDisk",
  job_recovery: "jobRecovery",
};

function readGpus(text: string, names: AcceleratorNames, problems: Problem[]): Overlay[] {
  const { scope, report } = flagScope();
  const choice = readAccelerators(scope, text, names);
  problems.push(...report.problems.map((problem) => withoutPlace(problem, "--gpus")));
  return (choice?.requests ?? []).flatMap(({ name, count }) => {
    const [read] = readFlagResources({ accelerators: { [name]: count } }, names, problems);
    return read === undefined ? [] : [{ acceleratorArgs: null, ...read }];
  });
}

function readFlagResources(
  written: Readonly<Record<string, unknown>>,
  names: AcceleratorNames,
  problems: Problem[],
): readonly Resources[] {
  const { scope, report } = flagScope();
  const read = readResources(scope, written, names);
  const [key = ""] = Object.keys(written).filter((each) =>
    report.problems.some((problem) => problem.message.includes(each)),
  );
  problems.push(...report.problems.map((problem) => withoutPlace(problem, FLAGS[key] ?? "")));
  return read?.choice.alternatives ?? [];
}

/** A number within bounds, or the name of a class; `none` takes both away. */
function readPriority(text: string | undefined, problems: Problem[]): Overlay {
  if (text === undefined) return {};
  if (isNone(text)) return { priority: null, priorityClass: null };
  if (!/^-?\d+$/.test(text)) return { priority: null, priorityClass: text };
  const priority = Number(text);
  if (priority < -1000 || priority > 1000)
    problems.push(flagProblem("ValueError", `--priority must be between -1000 and 1000, found ${text}`));
  return { priority };
}

function overridePlace(overrides: TaskOverrides, problems: Problem[]): Overlay {
  if (overrides.infra === undefined) {
    const cloud = overrides.cloud === undefined ? undefined : readCloud(overrides.cloud, problems);
    return compact({
      cloud,
      region: placePart(overrides.region === undefined ? undefined : regionName(cloud ?? undefined, overrides.region)),
      zone: placePart(overrides.zone),
    });
  }
  const infra = isNone(overrides.infra) ? {} : parseInfra(overrides.infra);
  if ("reason" in infra) {
    problems.push(flagProblem("ValueError", `--infra: ${infra.reason}`, "--infra cloud/region/zone"));
    return {};
  }
  const cloud = infra.cloud === undefined ? null : readCloud(infra.cloud, problems);
  return { cloud, region: infra.region ?? null, zone: infra.zone ?? null };
}

function placePart(text: string | undefined): string | null | undefined {
  return text !== undefined && (isNone(text) || text === "*") ? null : text;
}

function readCloud(text: string, problems: Problem[]): string | null {
  if (isNone(text) || text === "*") return null;
  const cloud = canonicalCloud(text);
  const known = wordsFor("commands").get(cloud) ?? cloud;
  if (!(CLOUDS as readonly string[]).includes(known)) {
    problems.push(flagProblem("ValueError", `'${text}' is no cloud that is known here`, cloudAdvice(text)));
  }
  return known;
}

function overrideImage(base: Resources, image: string | undefined): Resources {
  if (image === undefined) return base;
  if (isNone(image)) return overlay(base, { imageId: null });
  return overlay(base, { imageId: { [base.region ?? ""]: containerImage(image, base.cloud) } });
}

function containerImage(image: string, cloud: string | undefined): string {
  const isContainer = factsOf(cloud)?.containersOnly === true && !image.startsWith("docker:");
  return isContainer ? `docker:${image}` : image;
}

function isNone(value: unknown): boolean {
  return typeof value === "string" && value.toLowerCase() === "none";
}

function flagScope(): { readonly scope: Scope; readonly report: ReturnType<typeof newReport> } {
  const report = newReport("");
  const document = { value: {}, placeOf: () => ({ line: 1, column: 1 }), textOf: () => undefined };
  return { scope: { report, document, path: [] }, report };
}

/** Flags stand in no file: the flag itself is the place. */
function withoutPlace({ class: className, message, hint }: Problem, flag: string): Problem {
  const text = flag === "" ? message : `${flag}: ${message}`;
  return hint === undefined ? { class: className, message: text } : { class: className, message: text, hint };
}

function flagProblem(className: string, message: string, hint?: string): Problem {
  return hint === undefined ? { class: className, message } : { class: className, message, hint };
}
