// What launch and exec were asked: the task and what lies over it.
import type { EnvOptions } from "./env-options.ts";

/** Values of the options that lie over a task; undefined where not given. */
export interface TaskFlags extends EnvOptions {
  readonly name: string | undefined;
  readonly priority?: string | undefined;
  readonly workdir: string | undefined;
  readonly infra: string | undefined;
  readonly cloud: string | undefined;
  readonly region: string | undefined;
  readonly zone: string | undefined;
  readonly numNodes: number | undefined;
  readonly cpus: string | undefined;
  readonly memory: string | undefined;
  readonly diskSize: number | undefined;
  readonly diskTier: string | undefined;
  readonly networkTier: string | undefined;
  readonly useSpot: boolean | undefined;
  readonly imageId: string | undefined;
  readonly localDisk: string | undefined;
  readonly gpus: string | undefined;
  readonly instanceType: string | undefined;
  readonly ports: readonly string[];
  readonly gitUrl: string | undefined;
  readonly gitRef: string | undefined;
}

export interface ExecRequest extends TaskFlags {
  readonly cluster: string;
  readonly entrypoint: readonly string[];
  readonly config: readonly string[];
  readonly detach: boolean;
  readonly detachRun: boolean;
  readonly output: "table" | "json";
  readonly given: ReadonlySet<string>;
}

export interface LaunchRequest extends TaskFlags {
  readonly cluster: string | undefined;
  readonly entrypoint: readonly string[];
  readonly config: readonly string[];
  readonly dryrun: boolean;
  readonly detach: boolean;
  readonly detachRun: boolean;
  readonly docker: boolean;
  readonly idleMinutes: number | undefined;
  readonly waitFor: "jobs_and_ssh" | "jobs" | "none" | undefined;
  readonly down: boolean;
  readonly retryUntilUp: boolean;
  readonly yes: boolean;
  readonly noSetup: boolean;
  readonly cloneDiskFrom: string | undefined;
  readonly fast: boolean;
  readonly resize: boolean;
  readonly workspace: string | undefined;
  readonly maxCost: number | undefined;
  readonly assumeEnabled: readonly string[];
  readonly output: "table" | "json";
  readonly given: ReadonlySet<string>;
}
