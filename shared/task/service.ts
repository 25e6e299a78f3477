// A served model as a task asks for it: probe, replicas, and the balancer in front of them.

export const LOAD_BALANCING_POLICIES = ["round_robin", "least_load", "instance_aware_least_load"] as const;
export type LoadBalancingPolicy = (typeof LOAD_BALANCING_POLICIES)[number];

export interface ReadinessProbe {
  /** Starts with "/". */
  readonly path: string;
  readonly initialDelaySeconds: number;
  readonly timeoutSeconds: number;
  readonly endpointProbeIntervalSeconds?: number;
  readonly consecutiveFailureThresholdSeconds?: number;
  /** Present: the probe is a POST with this JSON body. */
  readonly postData?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReplicaPolicy {
  readonly minReplicas: number;
  readonly maxReplicas?: number;
  readonly numOverprovision?: number;
  /** Queries a second one replica takes; by accelerator ("A100" or "A100:2") when a mapping. */
  readonly targetQpsPerReplica?: number | Readonly<Record<string, number>>;
  readonly dynamicOndemandFallback?: boolean;
  readonly baseOndemandFallbackReplicas?: number;
  readonly spotPlacer?: string;
  readonly upscaleDelaySeconds?: number;
  readonly downscaleDelaySeconds?: number;
}

export interface ServiceSpec {
  readonly readinessProbe: ReadinessProbe;
  readonly replicaPolicy: ReplicaPolicy;
  readonly ports?: number;
  readonly loadBalancingPolicy?: LoadBalancingPolicy;
  readonly streamTimeoutSeconds?: number;
  readonly tls?: { readonly keyfile: string; readonly certfile: string };
}
