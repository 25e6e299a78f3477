// Every move table there is, for what is said about all of them: diagrams, tones, the law that nobody else spells a state.
import { attemptLife } from "./attempt.ts";
import { clusterLife } from "./cluster.ts";
import { jobLife } from "./job.ts";
import type { AnyLifecycle } from "./moves.ts";
import { nodeLife } from "./node.ts";
import { requestLife } from "./request.ts";
import { stageLife } from "./stage.ts";

export const lifecycles: readonly AnyLifecycle[] = [
  clusterLife,
  nodeLife,
  jobLife,
  stageLife,
  attemptLife,
  requestLife,
];
