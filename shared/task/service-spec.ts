// Reads `service` and `pool`, with the rules across their keys.
import { serviceSchema } from "./schema/service.ts";
import type { PoolSpec } from "./pool.ts";
import { checked, refuse, within, type Scope } from "./report.ts";
import { compact, withoutNulls } from "./compact.ts";
import {
  LOAD_BALANCING_POLICIES,
  type LoadBalancingPolicy,
  type ReadinessProbe,
  type ReplicaPolicy,
  type ServiceSpec,
} from "./service.ts";

export type ReadServing =
  | { readonly kind: "service"; readonly service: ServiceSpec }
  | { readonly kind: "pool"; readonly pool: PoolSpec };

type Written = NonNullable<ReturnType<typeof serviceSchema>["_output"]>;
type WrittenPool = NonNullable<Written["pool"]>;

const INITIAL_DELAY_DEFAULT_SECONDS = 1200;
const TIMEOUT_DEFAULT_SECONDS = 15;

/** The section `service`, which may hold a pool as serialized tasks have it. */
export function readService(scope: Scope, written: Readonly<Record<string, unknown>>): ReadServing | undefined {
  const value = checked(scope, "service", serviceSchema(), withoutNulls(written));
  if (value === undefined) return undefined;
  // An empty key counts as given here, and only here.
  if ("replicas" in written && "replica_policy" in written && value.pool === undefined && value.workers === undefined) {
    return refuseReplicasAndPolicy(scope);
  }
  return value.pool === undefined ? readServed(scope, value) : readPoolService(scope, value, value.pool);
}

/** A pool written inside of `service`: what belongs to a served model has no place there. */
function readPoolService(scope: Scope, value: Written, pool: WrittenPool): ReadServing | undefined {
  if (readProbe(within(scope, "readiness_probe"), value.readiness_probe) === undefined) return undefined;
  if (!isPort(scope, value.ports)) return undefined;
  if (value.replicas !== undefined && value.workers !== undefined) return refuseReplicasAndWorkers(scope);
  const probe = typeof value.readiness_probe === "object" ? value.readiness_probe : {};
  const keys = ["replicas", "replica_policy", "ports", "tls", "load_balancing_policy"] as const;
  const foreign =
    keys.find((key) => value[key] !== undefined) ?? (["post_data", "headers"] as const).find((key) => key in probe);
  if (foreign !== undefined) {
    const place = foreign in value ? within(scope, foreign) : within(scope, "readiness_probe", foreign);
    return refuse(place, "ValueError", `\`${foreign}\` is not for a pool`, {
      at: "key",
      hint: "a pool has `workers: <num>` or `min_workers: <num> max_workers: <num>`",
    });
  }
  return readPoolForm(within(scope, "pool"), value.workers === undefined ? pool : { ...pool, workers: value.workers });
}

/** The section `pool`. */
export function readPool(scope: Scope, written: Readonly<Record<string, unknown>>): ReadServing | undefined {
  // Checked as part of a service, so that paths in messages are `$.pool...`, as in SkyPilot.
  const outer = { ...scope, path: scope.path.slice(0, -1) };
  const value = checked(outer, "service", serviceSchema(), { pool: written });
  return value?.pool === undefined ? undefined : readPoolForm(scope, value.pool);
}

function readServed(scope: Scope, value: Written): ReadServing | undefined {
  const probe = readProbe(within(scope, "readiness_probe"), value.readiness_probe);
  const policy = readReplicas(scope, value);
  const balancing = readBalancing(within(scope, "load_balancing_policy"), value.load_balancing_policy);
  if (!isPort(scope, value.ports)) return undefined;
  if (probe === undefined || policy === undefined || balancing === "refused") return undefined;
  if (!agree(scope, policy, balancing)) return undefined;
  const service: ServiceSpec = compact({
    readinessProbe: probe,
    replicaPolicy: policy,
    ports: value.ports,
    loadBalancingPolicy: balancing,
    streamTimeoutSeconds: value.load_balancer?.stream_timeout_seconds,
    tls: value.tls,
  });
  return { kind: "service", service };
}

function isPort(scope: Scope, port: number | undefined): boolean {
  if (port === undefined || (port >= 1 && port <= 65_535)) return true;
  refuse(within(scope, "ports"), "ValueError", `port ${port} is not between 1 and 65535`);
  return false;
}

function refuseReplicasAndPolicy(scope: Scope): undefined {
  return refuse(
    within(scope, "replica_policy"),
    "ValueError",
    "`replicas` and `replica_policy` cannot stand together",
    { at: "key" },
  );
}

function refuseReplicasAndWorkers(scope: Scope): undefined {
  return refuse(within(scope, "workers"), "ValueError", "`replicas` and `workers` cannot stand together", {
    at: "key",
  });
}

function readProbe(scope: Scope, value: Written["readiness_probe"]): ReadinessProbe | undefined {
  const probe = typeof value === "string" ? { path: value } : (value ?? { path: "/" });
  if (!probe.path.startsWith("/")) {
    const place = typeof value === "string" ? scope : within(scope, "path");
    return refuse(place, "ValueError", `the readiness path must begin with '/', found '${probe.path}'`, {
      hint: `write /${probe.path}`,
    });
  }
  const postData = readPostData(within(scope, "post_data"), probe.post_data);
  if (postData === "refused") return undefined;
  return compact({
    path: probe.path,
    initialDelaySeconds: probe.initial_delay_seconds ?? INITIAL_DELAY_DEFAULT_SECONDS,
    timeoutSeconds: probe.timeout_seconds ?? TIMEOUT_DEFAULT_SECONDS,
    endpointProbeIntervalSeconds: probe.endpoint_probe_interval_seconds,
    consecutiveFailureThresholdSeconds: probe.consecutive_failure_threshold_timeout,
    postData: postData?.value,
    headers: probe.headers,
  });
}

function readPostData(scope: Scope, value: unknown): { readonly value: unknown } | undefined | "refused" {
  if (typeof value !== "string") return value === undefined ? undefined : { value };
  try {
    return { value: JSON.parse(value) };
  } catch {
    refuse(scope, "ValueError", "`post_data` of `readiness_probe` is no JSON", {
      hint: "write it as a mapping, or as JSON text",
    });
    return "refused";
  }
}

function readReplicas(scope: Scope, value: Written): ReplicaPolicy | undefined {
  const { replicas, workers, replica_policy: written } = value;
  if (replicas !== undefined && workers !== undefined) return refuseReplicasAndWorkers(scope);
  const fixed = replicas ?? workers;
  if (workers !== undefined) return { minReplicas: workers };
  if (written === undefined) return { minReplicas: fixed ?? 1 };
  const policy: ReplicaPolicy = compact({
    minReplicas: written.min_replicas,
    maxReplicas: written.max_replicas,
    numOverprovision: written.num_overprovision,
    targetQpsPerReplica: written.target_qps_per_replica,
    dynamicOndemandFallback: written.dynamic_ondemand_fallback,
    baseOndemandFallbackReplicas: written.base_ondemand_fallback_replicas,
    spotPlacer: written.spot_placer,
    upscaleDelaySeconds: written.upscale_delay_seconds,
    downscaleDelaySeconds: written.downscale_delay_seconds,
  });
  return checkRange(within(scope, "replica_policy"), policy) ? policy : undefined;
}

function checkRange(scope: Scope, policy: ReplicaPolicy): boolean {
  const { minReplicas, maxReplicas, targetQpsPerReplica } = policy;
  const refused = (key: string, message: string, hint: string): false => {
    refuse(within(scope, key), "ValueError", message, { hint });
    return false;
  };
  if (maxReplicas !== undefined && maxReplicas < minReplicas) {
    const message = `max_replicas is ${maxReplicas}, below min_replicas, which is ${minReplicas}`;
    return refused("max_replicas", message, `max_replicas: ${minReplicas} or more`);
  }
  if (targetQpsPerReplica !== undefined && maxReplicas === undefined) {
    return refused("target_qps_per_replica", "target_qps_per_replica needs max_replicas", "add max_replicas");
  }
  if (maxReplicas !== undefined && maxReplicas !== minReplicas && targetQpsPerReplica === undefined) {
    const message = "min_replicas and max_replicas differ, and target_qps_per_replica does not say when to scale";
    return refused("max_replicas", message, "add target_qps_per_replica");
  }
  return true;
}

function readBalancing(scope: Scope, written: string | undefined): LoadBalancingPolicy | undefined | "refused" {
  if (written === undefined) return undefined;
  const policy = LOAD_BALANCING_POLICIES.find((each) => each === written);
  if (policy !== undefined) return policy;
  const all = LOAD_BALANCING_POLICIES.map((each) => `'${each}'`).join(", ");
  refuse(scope, "ValueError", `load balancing policy ${written} is none of ${all}`, {
    hint: `write ${written.toLowerCase()}`,
  });
  return "refused";
}

/** Rates by accelerator and the policy that knows accelerators come together. */
function agree(scope: Scope, policy: ReplicaPolicy, balancing: LoadBalancingPolicy | undefined): boolean {
  const isByAccelerator = typeof policy.targetQpsPerReplica === "object";
  const isAware = balancing === "instance_aware_least_load";
  if (isByAccelerator && !isAware) {
    const message = 'target_qps_per_replica by accelerator needs load_balancing_policy "instance_aware_least_load"';
    refuse(within(scope, "load_balancing_policy"), "ValueError", message, {
      hint: "load_balancing_policy: instance_aware_least_load",
    });
    return false;
  }
  if (isAware && !isByAccelerator) {
    const message = 'load_balancing_policy "instance_aware_least_load" needs target_qps_per_replica by accelerator';
    refuse(within(scope, "load_balancing_policy"), "ValueError", message, {
      hint: "target_qps_per_replica: {A100: 2}",
    });
    return false;
  }
  return true;
}

function readPoolForm(scope: Scope, value: WrittenPool): ReadServing | undefined {
  const { workers, min_workers: min, max_workers: max } = value;
  const refused = (key: string, message: string, hint?: string): undefined =>
    refuse(within(scope, key), "ValueError", message, hint === undefined ? {} : { hint });
  if (min !== undefined && max === undefined)
    return refused("min_workers", "min_workers needs max_workers", "add max_workers");
  if (min !== undefined && max !== undefined && min > max) {
    return refused("min_workers", `min_workers (${min}) is above max_workers (${max})`);
  }
  if (workers === undefined && max === undefined) {
    return refused("workers", "a pool needs workers, or min_workers and max_workers", "workers: 1");
  }
  if (max === undefined && value.queue_length_threshold !== undefined) {
    return refused("queue_length_threshold", "queue_length_threshold needs max_workers", "add max_workers");
  }
  const delay = (["upscale_delay_seconds", "downscale_delay_seconds"] as const).find((key) => value[key] !== undefined);
  if (max === undefined && delay !== undefined) return refused(delay, `${delay} needs max_workers`, "add max_workers");
  const least = workers ?? 1;
  if (max !== undefined && min === undefined && least > max) {
    return refused("max_workers", `max_workers is ${max}, below the ${least} there are at least`);
  }
  const isScaling = max !== undefined;
  const pool: PoolSpec = compact({
    workers,
    minWorkers: isScaling ? (min ?? workers ?? 1) : undefined,
    maxWorkers: max,
    queueLengthThreshold: isScaling ? (value.queue_length_threshold ?? 1) : undefined,
    upscaleDelaySeconds: value.upscale_delay_seconds,
    downscaleDelaySeconds: value.downscale_delay_seconds,
  });
  return { kind: "pool", pool };
}
