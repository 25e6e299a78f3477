// What a user asked for, in the one normal form that everything after parsing reads.
// Parsing is in parse.ts; writing back to YAML is in format.ts.

/** A count given as "N" (exactly) or "N+" (at least). `value` is in the unit of the field. */
export interface Quantity {
  readonly value: number;
  readonly atLeast: boolean;
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

export type AutostopWaitFor = "jobs_and_ssh" | "jobs" | "none";

/** `idleMinutes` < 0 means: switch autostop off. */
export interface AutostopRequest {
  readonly idleMinutes: number;
  readonly down: boolean;
  readonly waitFor?: AutostopWaitFor;
}

export interface JobRecovery {
  readonly strategy: string | null;
  readonly maxRestartsOnErrors?: number;
  readonly recoverOnExitCodes?: readonly number[];
}

export interface ResourceVolume {
  readonly path: string;
  readonly name?: string;
  readonly diskSizeGib?: number;
  readonly diskTier?: string;
  readonly storageType?: "network" | "instance";
  readonly attachMode?: "read_only" | "read_write";
  readonly autoDelete?: boolean;
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
  /** Region (or "" for any) to image; "docker:" prefix for containers. */
  readonly imageId?: Readonly<Record<string, string>>;
  readonly autostop?: AutostopRequest;
  readonly priority?: number;
  readonly priorityClass?: string;
  readonly volumes?: readonly ResourceVolume[];
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

export interface LifecycleHook {
  readonly run: string;
  readonly events: readonly ("stop" | "preemption" | "down")[];
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
  /** Destination on the node → local path or URL. */
  readonly fileMounts: Readonly<Record<string, string>>;
  /** Destination on the node → bucket. */
  readonly storageMounts: Readonly<Record<string, import("./storage.ts").StorageSpec>>;
  /** Client path → path inside an uploaded archive; written by clients when they upload. */
  readonly fileMountsMapping?: Readonly<Record<string, string>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly setup?: string;
  readonly run?: string;
  readonly service?: import("./service.ts").ServiceSpec;
  readonly pool?: import("./pool.ts").PoolSpec;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly hooks?: readonly LifecycleHook[];
  readonly inputs?: { readonly uri: string; readonly sizeGb: number };
  readonly outputs?: { readonly uri: string; readonly sizeGb: number };
  readonly eventCallback?: string;
  readonly apiServerAccess?: boolean;
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
