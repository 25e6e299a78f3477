// Reads one alternative of `resources`: each key, and the rules across them.
import { factsOf } from "../clouds.ts";
import { tpuCloud, tpuClouds } from "./accelerators.ts";
import type { z } from "zod";
import { isTpu, isTpuSlice, tpuArguments } from "./accelerators.ts";
import { readAutostop } from "./autostop.ts";
import { compact } from "./compact.ts";
import { readImages } from "./images.ts";
import { parseInfra, regionName, type Infra } from "./infra.ts";
import { parsePodSize, POD_SIZE_CLOUDS } from "./pod-size.ts";
import { formatPortRanges, parsePortRange, type PortRange } from "./port-ranges.ts";
import { readCpus, readDiskSize, readLocalDisk, readMemory } from "./quantities.ts";
import { refuse, textAt, within, type Scope } from "./report.ts";
import { DISK_TIERS, readResourceVolumes } from "./resource-volumes.ts";
import type { alternativeSchema } from "./schema/resources.ts";
import type { AcceleratorRequest, JobRecovery, LifecycleHook, MemoryQuantity, Resources } from "./task.ts";
import { pythonFloat, pythonStrip } from "../yaml/python-text.ts";

/** One alternative as written, its keys and types checked. */
export type WrittenAlternative = z.infer<ReturnType<typeof alternativeSchema>>;

type Single = WrittenAlternative;

export interface ReadSingle {
  readonly resources: Resources;
  /** The hook that `autostop` carried in its older form. */
  readonly hook?: LifecycleHook;
}

export const NETWORK_TIERS = ["standard", "best"] as const;

/** Where a key of the alternative was written: in itself, or at the level around it. */
export type At = (key: string) => Scope;

/** Undefined when refused; `accelerator` is the one of this alternative. */
export function readSingle(
  at: At,
  value: Single,
  accelerator: AcceleratorRequest | undefined,
  isFromMemory: boolean,
): ReadSingle | undefined {
  const failures: undefined[] = [];
  const keep = <Value>(read: Value | undefined): Value | undefined => {
    if (read === undefined) failures.push(undefined);
    return read;
  };
  const infra = keep(readInfra(at, value));
  const place = placeTpu(infra ?? {}, accelerator);
  const tiers = { disk: value.disk_tier, network: value.network_tier };
  const diskTier =
    tiers.disk === undefined ? undefined : keep(readTier(at("disk_tier"), "disk_tier", tiers.disk, DISK_TIERS));
  const networkTier =
    tiers.network === undefined
      ? undefined
      : keep(readTier(at("network_tier"), "network_tier", tiers.network, NETWORK_TIERS));
  const cpus = value.cpus === undefined ? undefined : keep(readCpus(at("cpus"), value.cpus));
  const zeroAllowed = factsOf(place.cloud)?.zeroMemory === true;
  const memory = value.memory === undefined ? undefined : keep(readMemory(at("memory"), value.memory, { zeroAllowed }));
  const sized = keep(readPodSize(at("instance_type"), place, value.instance_type));
  const ports = value.ports === undefined || value.ports === null ? [] : keep(readPorts(at("ports"), value.ports));
  const localDisk =
    value.local_disk === undefined ? undefined : keep(readLocalDisk(at("local_disk"), value.local_disk));
  const images = readImageKey(at("image_id"), value.image_id, place, failures);
  const volumes = value.volumes === undefined ? [] : keep(readResourceVolumes(at("volumes"), value.volumes));
  const disk = readDisk(at("disk_size"), value.disk_size, failures);
  keep(checkTpu(at, place, value, accelerator));
  if (failures.length > 0) return undefined;
  const autostop = value.autostop === undefined ? {} : readAutostop(at("autostop"), value.autostop);
  const recovery = value.job_recovery === undefined ? undefined : readJobRecovery(value.job_recovery);
  const accelerators =
    accelerator === undefined ? undefined : acceleratorParts(accelerator, place, value.accelerator_args);
  const resources: Resources = compact({
    ...place,
    instanceType: value.instance_type,
    cpus,
    memory: memory ?? sized?.memory,
    ...(accelerators ?? { acceleratorArgs: value.accelerator_args }),
    useSpot: value.use_spot,
    jobRecovery: recovery,
    diskSizeGib: disk,
    diskTier,
    networkTier,
    localDisk,
    maxHourlyCost: value.max_hourly_cost,
    ports: ports === undefined || ports.length === 0 ? undefined : ports,
    labels: value.labels,
    imageId: images,
    autostop: autostop.request,
    priority: value.priority,
    priorityClass: value.priority_class === "" ? undefined : value.priority_class,
    volumes: volumes === undefined || volumes.length === 0 ? undefined : volumes,
    requiresFuse: value._requires_fuse === true ? true : undefined,
    isImageManaged: value._is_image_managed,
    isWithoutAcceleratorWarning: isFromMemory || value._no_missing_accel_warnings === true ? true : undefined,
    dockerLogin: value._docker_login_config,
    configOverrides: value._cluster_config_overrides,
  });
  return autostop.hook === undefined ? { resources } : { resources, hook: autostop.hook };
}

function readInfra(at: At, value: Single): Infra | undefined {
  if (value.infra === undefined) {
    const cloud = placeName(value.cloud)?.toLowerCase();
    const region = placeName(value.region);
    return compact({
      cloud,
      region: region === undefined ? undefined : regionName(cloud, region),
      zone: placeName(value.zone),
    });
  }
  if (value.cloud !== undefined || value.region !== undefined || value.zone !== undefined) {
    return refuse(at("infra"), "ValueError", "`infra` and `cloud`, `region` or `zone` cannot stand together", {
      at: "key",
      hint: `keep infra alone: infra: ${[value.cloud ?? value.infra, value.region, value.zone].filter((part) => part !== undefined).join("/")}`,
    });
  }
  const infra = parseInfra(value.infra);
  return "reason" in infra ? refuse(at("infra"), "ValueError", infra.reason) : infra;
}

function placeName(name: string | undefined): string | undefined {
  return name === "*" || name === "" ? undefined : name;
}

/** A TPU without a cloud is on the one that has it. */
export function placeTpu(infra: Infra, accelerator: AcceleratorRequest | undefined): Infra {
  if (accelerator === undefined || !isTpu(accelerator.name) || infra.cloud !== undefined) return infra;
  return { ...infra, cloud: tpuCloud(isTpuSlice(accelerator.name) ? "slices" : "machines") };
}

/** True, or undefined when refused. */
function checkTpu(
  at: At,
  { cloud }: Infra,
  value: Single,
  accelerator: AcceleratorRequest | undefined,
): true | undefined {
  if (accelerator === undefined || !isTpu(accelerator.name)) return true;
  if ((factsOf(cloud)?.tpus ?? null) === null) {
    return refuse(
      at("accelerators"),
      "AssertionError",
      `'${accelerator.name}' is on ${tpuClouds.join(" and ")} only, not on '${cloud}'`,
    );
  }
  const isVm = value.accelerator_args?.tpu_vm !== false;
  if (
    factsOf(cloud)?.tpus === "machines" &&
    isVm &&
    value.instance_type !== undefined &&
    value.instance_type !== "TPU-VM"
  ) {
    return refuse(
      at("instance_type"),
      "ValueError",
      `a TPU VM takes no instance type, found '${value.instance_type}'`,
      {
        hint: "remove instance_type",
      },
    );
  }
  return true;
}

/** Where a type is the name of a size, the size says the memory too. */
function readPodSize(
  scope: Scope,
  place: Infra,
  type: string | undefined,
): { readonly memory?: MemoryQuantity } | undefined {
  if (type === undefined || place.cloud === undefined || !POD_SIZE_CLOUDS.has(place.cloud)) return {};
  const size = parsePodSize(type);
  if (size !== undefined) {
    return { memory: { value: size.memoryGib, atLeast: false, perCpu: false, text: pythonFloat(size.memoryGib) } };
  }
  return refuse(scope, "ValueError", `instance type '${type}' is no size of ${place.cloud}`, {
    hint: 'write "<cpus>CPU--<mem>GB" such as "4CPU--16GB", or "<cpus>CPU--<mem>GB--<accelerator>:<count>" such as "4CPU--16GB--H100:1"',
  });
}

function acceleratorParts(accelerator: AcceleratorRequest, place: Infra, written: Single["accelerator_args"]) {
  if (!isTpu(accelerator.name)) return { accelerator, acceleratorArgs: written };
  return {
    accelerator,
    acceleratorArgs: tpuArguments(accelerator.name, place.cloud ?? tpuCloud("machines"), compact({ ...written })),
  };
}

function readTier<const Tier extends string>(
  scope: Scope,
  key: string,
  text: string,
  tiers: readonly Tier[],
): Tier | undefined {
  const lower = text.toLowerCase();
  const tier = tiers.find((each) => each === lower);
  return tier ?? refuse(scope, "ValueError", `${key} '${lower}' is none of ${tiers.join(", ")}`);
}

function readImageKey(
  scope: Scope,
  value: string | Readonly<Record<string, unknown>> | null | undefined,
  place: Infra,
  failures: undefined[],
): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  const before = scope.report.problems.length;
  const images = readImages(scope, value, place);
  if (scope.report.problems.length > before) failures.push(undefined);
  return images;
}

/** The default size counts as not asked, so "nothing" alone does not mean refused. */
function readDisk(scope: Scope, value: string | number | undefined, failures: undefined[]): number | undefined {
  if (value === undefined) return undefined;
  const before = scope.report.problems.length;
  const size = readDiskSize(scope, value);
  if (scope.report.problems.length > before) failures.push(undefined);
  return size;
}

function readPorts(scope: Scope, value: string | number | readonly (string | number)[]): string[] | undefined {
  const ranges: PortRange[] = [];
  for (const text of portTexts(scope, value)) {
    const range = parsePortRange(text);
    if ("reason" in range) return refuse(scope, "ValueError", range.reason);
    ranges.push(range);
  }
  return formatPortRanges(ranges);
}

function portTexts(scope: Scope, value: string | number | readonly (string | number)[]): string[] {
  const texts =
    typeof value === "string" || typeof value === "number"
      ? [textAt(scope, value)]
      : value.map((item, index) => textAt(within(scope, index), item));
  return texts
    .flatMap((text) => text.split(","))
    .map((text) => pythonStrip(text))
    .filter((text) => text !== "");
}

type WrittenRecovery = NonNullable<Single["job_recovery"]>;

/** `none` asks for no recovery at all. */
function readJobRecovery(value: WrittenRecovery): JobRecovery | undefined {
  if (typeof value === "string") return value === "none" ? undefined : { strategy: value.toUpperCase() };
  const { strategy, max_restarts_on_errors, recover_on_exit_codes, ...others } = value;
  if (strategy === "none") return undefined;
  const isSingle = typeof recover_on_exit_codes === "number";
  return compact({
    strategy: strategy?.toUpperCase() ?? null,
    maxRestartsOnErrors: max_restarts_on_errors,
    recoverOnExitCodes: typeof recover_on_exit_codes === "number" ? [recover_on_exit_codes] : recover_on_exit_codes,
    isSingleExitCode: isSingle ? true : undefined,
    otherKeys: Object.keys(others).length === 0 ? undefined : others,
  });
}
