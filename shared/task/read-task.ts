// Reads one document as a task: sections in SkyPilot's order, then the rules across them.
import { taskSchema, strictTaskSchema } from "./schema/task.ts";
import type { AcceleratorNames } from "./accelerators.ts";
import { HOOK_TIMEOUT_DEFAULT_SECONDS } from "./autostop.ts";
import { asText, readDockerLogin, readEnvs, readSecrets, substitute, type Secrets } from "./environment.ts";
import { hasContainer } from "./images.ts";
import { HOOK_EVENTS } from "../config/schema/task-config.ts";
import { datesAsText } from "../yaml/dates.ts";
import { pythonRepr } from "../yaml/python-text.ts";
import {
  checked,
  isWrittenAsFraction,
  refuse,
  refuseEmptyUnknown,
  SCHEMA_ERROR,
  within,
  type Scope,
} from "./report.ts";
import { compact, withoutNulls } from "./compact.ts";
import { readResources, type ReadResources } from "./resources.ts";
import { readPool, readService, type ReadServing } from "./service-spec.ts";
import { isDiskMount, readBucketMount, readDiskMount } from "./storage-spec.ts";
import type { StorageSpec } from "./storage.ts";
import type { LifecycleHook, Resources, ResourceVolume, Task } from "./task.ts";

export interface TaskOptions extends AcceleratorNames {
  /** Values from the command line; they win over those of the file. */
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Refuse what a client may leave to the server to judge. */
  readonly strict?: boolean;
}

type Written = NonNullable<ReturnType<typeof taskSchema>["_output"]>;

/** The document at the scope as a task; undefined when refused, with the reasons in the report. */
export function readTask(
  scope: Scope,
  document: Readonly<Record<string, unknown>>,
  options: TaskOptions,
): Task | undefined {
  const { _user_specified_yaml: userYaml, ...keys } = document;
  const prepared = prepare(scope, keys);
  if (prepared === undefined) return undefined;
  const schema = options.strict === true ? strictTaskSchema() : taskSchema();
  const written = checked(scope, "task", schema, prepared);
  if (written === undefined) {
    readSectionsForFaults(scope, prepared, options);
    return undefined;
  }
  return assemble(scope, { written, emptyKeys: emptyKeys(keys), userYaml }, options);
}

/** Top-level nulls are no keys at all; values of variables become text before anything looks at them. */
function prepare(scope: Scope, keys: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  if (keys["envs"] === null) {
    return refuse(
      within(scope, "envs"),
      SCHEMA_ERROR,
      "task: nothing is not of type 'dict', a mapping of variables (at $.envs)",
      {
        at: "key",
        hint: "remove the key, or write envs: {}",
      },
    );
  }
  const given = withoutNulls(keys);
  // SkyPilot's default comes in for an absent key only; an empty one counts as false.
  if (keys["api_server_access"] === null) given["api_server_access"] = false;
  for (const key of ["envs", "secrets"]) {
    if (key in given) given[key] = asText(within(scope, key), given[key]);
  }
  return given;
}

/** Known to the schema, and yet no key of a task when empty. */
const NEEDS_VALUE = new Set(["inputs", "outputs"]);

function emptyKeys(keys: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(keys).filter(
    (key) => keys[key] === null && (NEEDS_VALUE.has(key) || !(key in taskSchema().shape)),
  );
}

/** One wrong section does not hide what is wrong in the others. */
function readSectionsForFaults(scope: Scope, keys: Readonly<Record<string, unknown>>, options: TaskOptions): void {
  const section = (key: string) => asMapping(keys[key]);
  const resources = section("resources");
  if (resources !== undefined) readResources(within(scope, "resources"), resources, options);
  const service = section("service");
  if (service !== undefined) readService(within(scope, "service"), service);
  const pool = section("pool");
  if (pool !== undefined) readPool(within(scope, "pool"), pool);
}

function asMapping(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

interface Input {
  readonly written: Written;
  readonly emptyKeys: readonly string[];
  readonly userYaml: unknown;
}

function assemble(
  scope: Scope,
  { written, emptyKeys: empty, userYaml }: Input,
  options: TaskOptions,
): Task | undefined {
  const before = scope.report.problems.length;
  const envs = readEnvs(within(scope, "envs"), written.envs ?? {}, options.env ?? {});
  const secrets = readSecrets(
    scope,
    { secrets: written.secrets ?? {}, managed: written.managed_secrets ?? [] },
    options.secrets ?? {},
  );
  const variables = { ...envs, ...secrets?.secrets };
  checkCounts(scope, written);
  const { hooks, ...config } = datesAsText(written.config ?? {});
  const overrides = Object.keys(config).length === 0 ? undefined : config;
  refuseTwoOverrides(scope, written.resources, overrides);
  const mountSources = readMountSources(
    scope,
    substituted(within(scope, "file_mounts"), written.file_mounts, variables),
  );
  const buckets = readBuckets(
    scope,
    mountSources.filter(([, source]) => !isDiskMount(source)),
  );
  checkTransfers(scope, written);
  const resources = readResources(within(scope, "resources"), written.resources ?? {}, options);
  const mounts = readDisks(
    scope,
    buckets,
    mountSources.filter(([, source]) => isDiskMount(source)),
  );
  const serving = readServing(scope, written, variables);
  const workdir = readWorkdir(substitute(within(scope, "workdir"), written.workdir, variables));
  const volumes = datesAsText(substituted(within(scope, "volumes"), written.volumes, variables));
  const login = readDockerLogin(scope, envs ?? {}, secrets?.secrets ?? {});
  for (const key of empty) refuseEmptyUnknown(within(scope, key), key);
  if (scope.report.problems.length > before) return undefined;
  if (envs === undefined || secrets === undefined || resources === undefined) return undefined;
  const context: FinishContext = { mounts, overrides, login };
  return toTask(
    { written, workdir, volumes, envs, secrets, mounts, serving, resources, overrides, hooks, userYaml },
    context,
  );
}

function refuseTwoOverrides(scope: Scope, resources: Written["resources"], overrides: object | undefined): void {
  if (overrides === undefined || resources?.["_cluster_config_overrides"] === undefined) return;
  refuse(within(scope, "config"), "AssertionError", "`config` and `_cluster_config_overrides` cannot stand together", {
    at: "key",
  });
}

interface FinishContext {
  readonly mounts: Mounts;
  readonly overrides: Readonly<Record<string, unknown>> | undefined;
  readonly login: Resources["dockerLogin"] | undefined;
}

interface TaskParts {
  readonly written: Written;
  readonly workdir: Task["workdir"] | undefined;
  readonly volumes: Task["volumes"];
  readonly envs: Readonly<Record<string, string>>;
  readonly secrets: Secrets;
  readonly mounts: Mounts;
  readonly serving: ReadServing | undefined;
  readonly resources: ReadResources;
  readonly overrides: Readonly<Record<string, unknown>> | undefined;
  readonly hooks: NonNullable<Written["config"]>["hooks"] | undefined;
  readonly userYaml: unknown;
}

function toTask(parts: TaskParts, context: FinishContext): Task {
  const { written, envs, secrets, mounts, serving, resources, overrides } = parts;
  const hooks = [...(parts.hooks ?? []).map(toHook), ...resources.hooks];
  const alternatives = resources.choice.alternatives.map((each) => finishAlternative(each, context));
  return compact({
    name: written.name,
    numNodes: written.num_nodes ?? 1,
    workdir: parts.workdir,
    resources: { ...resources.choice, alternatives },
    envs,
    ...secrets,
    fileMounts: mounts.files,
    storageMounts: mounts.buckets,
    fileMountsMapping: written.file_mounts_mapping === undefined ? undefined : textValues(written.file_mounts_mapping),
    volumes: parts.volumes,
    volumeMounts: datesAsText(written.volume_mounts),
    setup: written.setup,
    run: written.run,
    service: serving?.kind === "service" ? serving.service : undefined,
    pool: serving?.kind === "pool" ? serving.pool : undefined,
    config: overrides,
    hooks: hooks.length === 0 ? undefined : hooks,
    inputs: readTransfer(written.inputs),
    outputs: readTransfer(written.outputs),
    eventCallback: written.event_callback,
    apiServerAccess: written.api_server_access,
    metadata: datesAsText(written._metadata),
    userYaml: typeof parts.userYaml === "string" ? parts.userYaml : undefined,
  });
}

/** What sections outside of `resources` mean for each alternative. */
function finishAlternative(resources: Resources, { mounts, overrides, login }: FinishContext): Resources {
  const isMounting = Object.values(mounts.buckets).some((bucket) => bucket.mode !== "COPY");
  return compact({
    ...resources,
    volumes: mounts.disks.length > 0 ? mounts.disks : resources.volumes,
    requiresFuse: isMounting ? true : resources.requiresFuse,
    configOverrides: overrides ?? resources.configOverrides,
    dockerLogin: login !== undefined && hasContainer(resources.imageId) ? login : resources.dockerLogin,
  });
}

function checkCounts(scope: Scope, written: Written): void {
  const nodes = written.num_nodes;
  const place = within(scope, "num_nodes");
  if (nodes !== undefined && (nodes < 1 || isWrittenAsFraction(place, nodes))) {
    const shown = scope.document.textOf(place.path) ?? String(nodes);
    refuse(place, "ValueError", `num_nodes must be a whole number above 0, found ${shown}`, { hint: "num_nodes: 1" });
  }
}

function checkTransfers(scope: Scope, written: Written): void {
  for (const key of ["inputs", "outputs"] as const) {
    const value = written[key];
    if (value !== undefined && Object.keys(value).length === 0) {
      refuse(within(scope, key), "AssertionError", `${key} names no bucket`, { hint: `${key}: {"s3://bucket": 10}` });
    }
  }
}

interface Mounts {
  readonly files: Readonly<Record<string, string>>;
  readonly buckets: Readonly<Record<string, StorageSpec>>;
  readonly disks: readonly ResourceVolume[];
}

type MountSource = readonly [destination: string, source: string | Readonly<Record<string, unknown>>];

function readMountSources(scope: Scope, written: Readonly<Record<string, unknown>>): MountSource[] {
  return Object.entries(written).flatMap(([destination, source]): MountSource[] => {
    const mapping = typeof source === "string" ? source : asMapping(source);
    if (mapping !== undefined) return [[destination, mapping]];
    refuse(
      within(scope, "file_mounts", destination),
      "ValueError",
      `file mount ${destination} has no path or bucket as its source: ${pythonRepr(source)}`,
      {
        hint: `${destination}: ./local/path, or a mapping with name or source`,
      },
    );
    return [];
  });
}

const CLOUD_URL = /^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/]/i;

/** Local paths, URLs and buckets. Disks come after `resources`, which they become a part of. */
function readBuckets(scope: Scope, sources: readonly MountSource[]): Omit<Mounts, "disks"> {
  const files: Record<string, string> = {};
  const buckets: Record<string, StorageSpec> = {};
  for (const [destination, source] of sources) {
    if (typeof source === "string") {
      files[destination] = source;
      continue;
    }
    if (CLOUD_URL.test(destination)) {
      refuse(
        within(scope, "file_mounts", destination),
        "ValueError",
        `a bucket is mounted at a path of the node, not at '${destination}'`,
        {
          at: "key",
          hint: "/data: {source: ...}",
        },
      );
    }
    const bucket = readBucketMount(within(scope, "file_mounts", destination), source);
    if (bucket !== undefined) buckets[destination] = bucket;
  }
  return { files, buckets };
}

function readDisks(scope: Scope, { files, buckets }: Omit<Mounts, "disks">, sources: readonly MountSource[]): Mounts {
  const disks: ResourceVolume[] = [];
  const copied: Record<string, string> = {};
  for (const [destination, source] of sources) {
    if (typeof source === "string") continue;
    const disk = readDiskMount(within(scope, "file_mounts", destination), destination, source);
    if (disk !== undefined) disks.push(disk.volume);
    if (disk?.source !== undefined) copied[`${destination}/data`] = disk.source;
  }
  return { files: { ...files, ...copied }, buckets, disks };
}

function readServing(
  scope: Scope,
  written: Written,
  variables: Readonly<Record<string, string>>,
): ReadServing | undefined {
  if (written.service !== undefined && written.pool !== undefined) {
    return refuse(within(scope, "pool"), "ValueError", "service and pool cannot stand in one task", { at: "key" });
  }
  if (written.service !== undefined)
    return readService(within(scope, "service"), substituted(within(scope, "service"), written.service, variables));
  if (written.pool !== undefined) return readPool(within(scope, "pool"), written.pool);
  return undefined;
}

function substituted(
  scope: Scope,
  section: Readonly<Record<string, unknown>> | undefined,
  variables: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return asMapping(substitute(scope, section ?? {}, variables)) ?? {};
}

function readWorkdir(value: unknown): Task["workdir"] | undefined {
  if (typeof value === "string" || value === undefined) return value;
  const { url, ref } = value as { url: string; ref?: string };
  return ref === undefined ? { url } : { url, ref };
}

function textValues(mapping: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(withoutNulls(mapping)).map(([key, value]) => [key, String(value)]));
}

function readTransfer(value: Readonly<Record<string, number>> | undefined): Task["inputs"] | undefined {
  const [first] = Object.entries(value ?? {});
  return first === undefined ? undefined : { uri: first[0], sizeGb: first[1] };
}

function toHook(hook: {
  readonly run: string;
  readonly events?: readonly string[] | undefined;
  readonly timeout?: number | undefined;
}): LifecycleHook {
  const events = hook.events?.flatMap((name) => HOOK_EVENTS.filter((event) => event === name));
  return { run: hook.run, events: events ?? HOOK_EVENTS, timeoutSeconds: hook.timeout ?? HOOK_TIMEOUT_DEFAULT_SECONDS };
}
