// A task as SkyPilot serializes it: the mapping its clients send, its server stores, and its YAML dumps.
import { formatInfra } from "./infra.ts";
import type { PoolSpec } from "./pool.ts";
import { compact } from "./compact.ts";
import type { ReadinessProbe, ServiceSpec } from "./service.ts";
import type { StorageSpec } from "./storage.ts";
import type {
  JobRecovery,
  LifecycleHook,
  LocalDisk,
  MemoryQuantity,
  Quantity,
  Resources,
  ResourceVolume,
  Task,
} from "./task.ts";

type Mapping = Record<string, unknown>;

/** Keys in SkyPilot's order; absent keys are left out. Secrets are in it: mask before showing. */
export function skypilotTask(task: Task): Mapping {
  const config = task.hooks === undefined ? undefined : { hooks: task.hooks.map(skypilotHook) };
  return compact({
    name: task.name,
    resources: skypilotResources(task),
    service: skypilotServing(task),
    config,
    num_nodes: task.numNodes,
    inputs: task.inputs === undefined ? undefined : { [task.inputs.uri]: task.inputs.sizeGb },
    outputs: task.outputs === undefined ? undefined : { [task.outputs.uri]: task.outputs.sizeGb },
    setup: task.setup,
    workdir: task.workdir,
    event_callback: task.eventCallback,
    run: task.run,
    envs: isEmpty(task.envs) ? undefined : task.envs,
    ...skypilotSecrets(task),
    api_server_access: task.apiServerAccess === false ? false : undefined,
    file_mounts: skypilotMounts(task),
    file_mounts_mapping: task.fileMountsMapping,
    volumes: task.volumes,
    volume_mounts: task.volumeMounts,
    _metadata: task.metadata,
    _user_specified_yaml: task.userYaml,
  });
}

/** One alternative stands by itself, several under `any_of` or `ordered`. */
function skypilotResources(task: Task): Mapping | undefined {
  const { kind, alternatives } = task.resources;
  const written = alternatives.map(skypilotAlternative);
  const [only, ...others] = written;
  if (others.length > 0 || kind === "list") return { [kind === "list" ? "ordered" : "any_of"]: written };
  return only === undefined || isEmpty(only) ? undefined : only;
}

export function skypilotAlternative(resources: Resources): Mapping {
  return compact({
    infra: formatInfra(resources),
    instance_type: resources.instanceType,
    cpus: quantityText(resources.cpus),
    memory: memoryText(resources.memory),
    accelerators:
      resources.accelerator === undefined ? undefined : { [resources.accelerator.name]: resources.accelerator.count },
    accelerator_args: resources.acceleratorArgs,
    use_spot: resources.useSpot,
    job_recovery: skypilotRecovery(resources.jobRecovery),
    disk_size: resources.diskSizeGib,
    disk_tier: resources.diskTier,
    network_tier: resources.networkTier,
    local_disk: localDiskText(resources.localDisk),
    max_hourly_cost: resources.maxHourlyCost,
    ports: resources.ports,
    labels: resources.labels,
    image_id: skypilotImages(resources.imageId),
    volumes: resources.volumes?.map(skypilotVolume),
    autostop: skypilotAutostop(resources),
    priority: resources.priority,
    priority_class: resources.priorityClass,
    _docker_login_config: resources.dockerLogin,
    _is_image_managed: resources.isImageManaged,
    _requires_fuse: resources.requiresFuse,
    _no_missing_accel_warnings: resources.isWithoutAcceleratorWarning,
    _cluster_config_overrides: resources.configOverrides,
  });
}

export function quantityText(quantity: Quantity | undefined): string | undefined {
  if (quantity === undefined) return undefined;
  return quantity.text ?? `${quantity.value}${quantity.atLeast ? "+" : ""}`;
}

export function memoryText(memory: MemoryQuantity | undefined): string | undefined {
  if (memory === undefined) return undefined;
  return memory.text ?? (memory.perCpu ? `${memory.value}x` : `${memory.value}${memory.atLeast ? "+" : ""}`);
}

export function localDiskText(disk: LocalDisk | undefined): string | undefined {
  return disk === undefined ? undefined : `${disk.mode}:${quantityText(disk.sizeGb) ?? ""}`;
}

/** YAML's null as a key is the image of every region. */
function skypilotImages(images: Resources["imageId"]): Mapping | undefined {
  if (images === undefined) return undefined;
  return Object.fromEntries(Object.entries(images).map(([region, image]) => [region === "" ? "null" : region, image]));
}

function skypilotRecovery(recovery: JobRecovery | undefined): Mapping | undefined {
  if (recovery === undefined) return undefined;
  const codes = recovery.recoverOnExitCodes;
  return compact({
    strategy: recovery.strategy,
    max_restarts_on_errors: recovery.maxRestartsOnErrors,
    recover_on_exit_codes: recovery.isSingleExitCode === true ? codes?.[0] : codes,
    ...recovery.otherKeys,
  });
}

function skypilotVolume(volume: ResourceVolume): Mapping {
  return compact({
    path: volume.path,
    name: volume.name,
    disk_size: volume.diskSizeGib,
    disk_tier: volume.diskTier,
    storage_type: volume.storageType,
    attach_mode: volume.attachMode,
    auto_delete: volume.autoDelete,
    ...volume.otherKeys,
  });
}

function skypilotAutostop({ autostop }: Resources): Mapping | false | undefined {
  if (autostop === undefined) return undefined;
  if (autostop.isOff === true) return false;
  return compact({ idle_minutes: autostop.idleMinutes, down: autostop.down, wait_for: autostop.waitFor });
}

function skypilotServing(task: Task): Mapping | undefined {
  if (task.pool !== undefined) return { pool: skypilotPool(task.pool) };
  return task.service === undefined ? undefined : skypilotService(task.service);
}

export function skypilotPool(pool: PoolSpec): Mapping {
  return compact({
    workers: pool.workers,
    min_workers: pool.minWorkers,
    max_workers: pool.maxWorkers,
    queue_length_threshold: pool.queueLengthThreshold,
    upscale_delay_seconds: pool.upscaleDelaySeconds,
    downscale_delay_seconds: pool.downscaleDelaySeconds,
  });
}

export function skypilotService(service: ServiceSpec): Mapping {
  const policy = service.replicaPolicy;
  const stream = service.streamTimeoutSeconds;
  return compact({
    readiness_probe: skypilotProbe(service.readinessProbe),
    load_balancer: stream === undefined ? undefined : { stream_timeout_seconds: stream },
    replica_policy: compact({
      min_replicas: policy.minReplicas,
      max_replicas: policy.maxReplicas,
      num_overprovision: policy.numOverprovision,
      target_qps_per_replica: policy.targetQpsPerReplica,
      dynamic_ondemand_fallback: policy.dynamicOndemandFallback,
      base_ondemand_fallback_replicas: policy.baseOndemandFallbackReplicas,
      spot_placer: policy.spotPlacer,
      upscale_delay_seconds: policy.upscaleDelaySeconds,
      downscale_delay_seconds: policy.downscaleDelaySeconds,
    }),
    load_balancing_policy: service.loadBalancingPolicy,
    ports: service.ports,
    tls: service.tls,
  });
}

function skypilotProbe(probe: ReadinessProbe): Mapping {
  return compact({
    path: probe.path,
    initial_delay_seconds: probe.initialDelaySeconds,
    post_data: probe.postData,
    timeout_seconds: probe.timeoutSeconds,
    endpoint_probe_interval_seconds: probe.endpointProbeIntervalSeconds,
    consecutive_failure_threshold_timeout: probe.consecutiveFailureThresholdSeconds,
    headers: probe.headers,
  });
}

export function skypilotHook(hook: LifecycleHook): Mapping {
  return { run: hook.run, events: hook.events, timeout: hook.timeoutSeconds };
}

/** Inline values and references stand apart; without inline values the references take the key `secrets`. */
function skypilotSecrets(task: Task): Mapping {
  const references = task.secretReferences.map((name) => `secrets:${name}`);
  const mounts = (task.secretMounts ?? []).map(({ name, mountPath }) => ({ [name]: { mount_path: mountPath } }));
  const hasInline = !isEmpty(task.secrets);
  const managed = hasInline ? [...mounts, ...references] : mounts;
  const listed = references.length > 0 ? references : undefined;
  return compact({
    secrets: hasInline ? task.secrets : listed,
    managed_secrets: managed.length > 0 ? managed : undefined,
  });
}

function skypilotMounts(task: Task): Mapping {
  const buckets: Mapping = Object.fromEntries(
    Object.entries(task.storageMounts).map(([path, spec]) => [path, skypilotStorage(spec)] as const),
  );
  return { ...task.fileMounts, ...buckets };
}

export function skypilotStorage(spec: StorageSpec): Mapping {
  return compact({
    name: spec.name,
    source: spec.source,
    store: spec.store,
    persistent: spec.persistent,
    mode: spec.mode,
    type: spec.type,
    config: spec.config,
    _is_sky_managed: spec.isSkyManaged,
    _bucket_sub_path: spec.bucketSubPath,
    _force_delete: spec.forceDelete,
  });
}

function isEmpty(mapping: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(mapping).length === 0;
}
