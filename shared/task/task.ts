// What a user asked for, in the one normal form that everything after parsing reads.
// Parsing is in parse.ts; writing back to YAML is in format.ts.

/** A count given as "N" (exactly) or "N+" (at least). `value` is in the unit of the field. */
export interface Quantity {
  readonly value: number;
  readonly atLeast: boolean;
  /** As SkyPilot spells it ("4", "16.0+"), for display and writing back; absent: made from the rest. */
  readonly text?: string;
}

/** Memory: gibibytes a node, or gibibytes for each vCPU ("4x"). */
export interface MemoryQuantity extends Quantity {
  readonly perCpu: boolean;
}

export interface AcceleratorRequest {
  /** Canonical catalog name, for example "A100-80GB". */
  readonly name: string;
  /** Devices a node; may be fractional ("0.5"), always > 0. */
  readonly count: number;
}

export const AUTOSTOP_WAIT_FOR = ["jobs_and_ssh", "jobs", "none"] as const;
export type AutostopWaitFor = (typeof AUTOSTOP_WAIT_FOR)[number];

/** `idleMinutes` < 0 means: switch autostop off. */
export interface AutostopRequest {
  readonly idleMinutes: number;
  readonly down: boolean;
  readonly waitFor?: AutostopWaitFor;
  /** Written as plain `false`. `idleMinutes` is then -1. */
  readonly isOff?: true;
}

export interface JobRecovery {
  readonly strategy: string | null;
  readonly maxRestartsOnErrors?: number;
  readonly recoverOnExitCodes?: readonly number[];
  /** The codes were written as one number, not as a list. */
  readonly isSingleExitCode?: true;
  /** Keys that only another version knows, as written. */
  readonly otherKeys?: Readonly<Record<string, unknown>>;
}

export interface ResourceVolume {
  readonly path: string;
  readonly name?: string;
  readonly diskSizeGib?: number;
  readonly diskTier?: string;
  readonly storageType?: "network" | "instance";
  readonly attachMode?: "read_only" | "read_write";
  readonly autoDelete?: boolean;
  /** Keys that only another version knows, as written. */
  readonly otherKeys?: Readonly<Record<string, unknown>>;
}

export interface LocalDisk {
  readonly mode: "nvme" | "ssd";
  readonly sizeGb: Quantity;
}

/** One alternative of what a node must have. Absent = the user did not say. */
export interface Resources {
  readonly cloud?: string;
  readonly region?: string;
  readonly zone?: string;
  readonly instanceType?: string;
  readonly cpus?: Quantity;
  readonly memory?: MemoryQuantity;
  readonly accelerator?: AcceleratorRequest;
  readonly acceleratorArgs?: Readonly<Record<string, unknown>>;
  readonly useSpot?: boolean;
  readonly jobRecovery?: JobRecovery;
  readonly diskSizeGib?: number;
  readonly diskTier?: string;
  readonly networkTier?: string;
  readonly localDisk?: LocalDisk;
  readonly maxHourlyCost?: number;
  /** Merged, sorted ranges such as "80" or "8000-8010". */
  readonly ports?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Region (or "" for any) to image; "docker:" prefix for containers. Key "docker": the container to run
   * on the machine image of the other keys, or on the default one.
   */
  readonly imageId?: Readonly<Record<string, string>>;
  readonly autostop?: AutostopRequest;
  readonly priority?: number;
  readonly priorityClass?: string;
  readonly volumes?: readonly ResourceVolume[];
  /** A bucket is mounted, so the node needs FUSE. */
  readonly requiresFuse?: boolean;
  readonly isImageManaged?: boolean;
  /** This alternative comes from a request by memory: its absence from the catalog is no news. */
  readonly isWithoutAcceleratorWarning?: boolean;
  readonly dockerLogin?: DockerLogin;
  /** What the task's `config` (without hooks) overrides in the server's config. */
  readonly configOverrides?: Readonly<Record<string, unknown>>;
}

/** `password` is a secret. */
export interface DockerLogin {
  readonly username: string;
  readonly password: string;
  readonly server: string;
}

/** `set`: the cheapest wins. `list`: the first that can be had wins. */
export interface ResourcesChoice {
  readonly kind: "set" | "list";
  /** Never empty. */
  readonly alternatives: readonly Resources[];
}

export interface GitWorkdir {
  readonly url: string;
  readonly ref?: string;
}

export type LifecycleEvent = "stop" | "preemption" | "down";

export interface LifecycleHook {
  readonly run: string;
  readonly events: readonly LifecycleEvent[];
  readonly timeoutSeconds: number;
}

/** The task as the user meant it. Values of `secrets` must never be shown: see mask.ts. */
export interface Task {
  readonly name?: string;
  readonly numNodes: number;
  readonly workdir?: string | GitWorkdir;
  readonly resources: ResourcesChoice;
  readonly envs: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Names of server-kept secrets the task wants in its environment. */
  readonly secretReferences: readonly string[];
  /** Server-kept secrets that become files: name and path on the node. */
  readonly secretMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  /** Destination on the node → local path or URL. */
  readonly fileMounts: Readonly<Record<string, string>>;
  /** Destination on the node → bucket. */
  readonly storageMounts: Readonly<Record<string, import("./storage.ts").StorageSpec>>;
  /** Client path → path inside an uploaded archive; written by clients when they upload. */
  readonly fileMountsMapping?: Readonly<Record<string, string>>;
  /** Destination on the node → volume name or mapping, as written. */
  readonly volumes: Readonly<Record<string, unknown>>;
  /** Volumes a server has resolved, as it wrote them. */
  readonly volumeMounts?: readonly Readonly<Record<string, unknown>>[];
  readonly setup?: string;
  readonly run?: string;
  readonly service?: import("./service.ts").ServiceSpec;
  readonly pool?: import("./pool.ts").PoolSpec;
  /** Overrides of the server's config for this task, without `hooks`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly hooks?: readonly LifecycleHook[];
  readonly inputs?: { readonly uri: string; readonly sizeGb: number };
  readonly outputs?: { readonly uri: string; readonly sizeGb: number };
  readonly eventCallback?: string;
  readonly apiServerAccess?: boolean;
  /** What clients note about the task, for example the commit of its workdir. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The file as the user wrote it, for display; secrets are masked before it is stored. */
  readonly userYaml?: string;
}

/** Several tasks from one file. */
export interface Dag {
  readonly name?: string;
  readonly kind: "single" | "pipeline" | "job-group";
  readonly tasks: readonly Task[];
  readonly group?: import("./job-group.ts").JobGroupHeader;
}
