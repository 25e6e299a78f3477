// What every agent has, whichever part its node plays.
import type { Clock, Random, Time } from "#shared/clock.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";
import type { AgentLog } from "./agent-log.ts";
import type { AgentConfig } from "./config.ts";
import type { NodeJobs } from "./node/node-jobs.ts";
import type { Store } from "./store/store.ts";

export interface AgentParts {
  readonly config: AgentConfig;
  readonly store: Store;
  /** Movable by tests. */
  readonly clock: Clock;
  /** Real time, for silence, patience and pauses. */
  readonly steady: Time;
  readonly random: Random;
  readonly log: AgentLog;
  readonly run: number;
  /** The node was stopped and started since the database was last open. */
  readonly rebooted: boolean;
  readonly createJobs: (onExit: (key: LaunchKey, exitCode: number) => void) => NodeJobs;
  readonly exit: (status: number) => void;
}
