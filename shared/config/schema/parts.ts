// Shapes that several sections of the config share.
import {
  either,
  exactWord,
  flag,
  integer,
  listOf,
  mapOf,
  nothing,
  number,
  open,
  closed,
  text,
  textLike,
  textNotEmpty,
  withoutKeys,
  word,
  anything,
} from "../../schema/shapes.ts";
import { TIME } from "../../task/schema/words.ts";

/** Server and client read the same keys; only the server refuses the ones it does not know. */
export interface Strictness {
  readonly strict: boolean;
}

/** Open for clients, closed on the server. */
export function openForClients<Shape extends Parameters<typeof open>[0]>(shape: Shape, { strict }: Strictness) {
  return strict ? closed(shape) : open(shape);
}

export function textOrNothing() {
  return either(text(), nothing());
}

export function textOrTexts() {
  return either(text(), listOf(text()));
}

export function namesOrNothing() {
  return either(text(), nothing(), listOf(text()));
}

export function allOrNames() {
  return either(listOf(text()), textLike(/^all$/));
}

export function identityWord() {
  return word(["LOCAL_CREDENTIALS", "SERVICE_ACCOUNT", "NO_UPLOAD"]);
}

/** One name, or names by pattern of cluster name, the first that fits. */
export function nameByCluster() {
  return either(textNotEmpty(), listOf(mapOf(textNotEmpty(), { sizeMin: 1, sizeMax: 1 })));
}

export function identityByContext() {
  return either(text(), mapOf(text()));
}

export function proxyCommand() {
  return either(text(), nothing(), mapOf(textOrNothing()));
}

export function capabilities() {
  return listOf(word(["compute", "storage"]));
}

export function pricing() {
  return closed({
    cpu: number().min(0).optional(),
    memory: number().min(0).optional(),
    accelerators: mapOf(number().min(0)).optional(),
  });
}

export function podConfig() {
  return mapOf(anything());
}

export function podMetadata() {
  return withoutKeys(["name", "namespace"]);
}

export function kueue() {
  return closed({ local_queue_name: text().optional(), admission_timeout: integer().optional() });
}

export function queueQuota() {
  return open({ queue: text().optional() });
}

export function slurmQuota() {
  return open({ queue: textNotEmpty().optional(), account: textNotEmpty().optional() });
}

export function sbatchOptions() {
  return mapOf(either(textLike(/^[^\n]*$/), number(), flag(), nothing()));
}

export function dws() {
  return closed({ enabled: flag().optional(), max_run_duration: either(textLike(TIME), integer()).optional() });
}

export function podLimits() {
  return either(flag(), number().min(1));
}

export function dockerInPods() {
  const mode = exactWord(["ALL", "BUILD"]);
  return either(flag(), mode, closed({ mode, cache_volume: text().optional() }));
}

export function instanceGroup() {
  return closed({ run_duration: integer(), provision_timeout: integer().optional() });
}

export function networkName() {
  return either(textLike(/^(?:[-a-z0-9]+\/)?[-a-z0-9]+$/), nothing());
}
