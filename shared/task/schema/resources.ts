// The keys of `resources`, of each alternative in it, and their types. Rules across keys are in ../resources.ts.
import {
  anything,
  closed,
  either,
  flag,
  integer,
  lazily,
  listOf,
  listOfUnique,
  mapOf,
  nothing,
  number,
  open,
  text,
  textLike,
  word,
} from "../../schema/shapes.ts";
import { CLOUDS, explainInfra, INFRA, SIZE, TIME } from "./words.ts";

function size() {
  return either(textLike(SIZE), integer());
}

function numberOrText() {
  return either(text(), number());
}

function exitCode() {
  return integer().min(0).max(255);
}

export function autostopSchema() {
  return either(
    flag(),
    either(textLike(TIME), integer()),
    closed({
      idle_minutes: integer().min(0).optional(),
      down: flag().optional(),
      wait_for: word(["jobs_and_ssh", "jobs", "none"]).optional(),
      hook: text().optional(),
      hook_timeout: integer().min(1).optional(),
    }),
  );
}

interface Strictness {
  /** As a server judges, which knows all keys. */
  readonly strict: boolean;
}

/** Keys in the order in which their faults are told. */
function singleShape({ strict }: Strictness) {
  const recovery = {
    strategy: either(text(), nothing()).optional(),
    max_restarts_on_errors: integer().min(0).optional(),
    recover_on_exit_codes: either(exitCode(), listOfUnique(exitCode())).optional(),
  };
  return {
    cloud: word(CLOUDS).optional(),
    region: text().optional(),
    zone: text().optional(),
    infra: textLike(INFRA, explainInfra).describe("cloud[/region[/zone]]; * stands for any").optional(),
    cpus: numberOrText().describe("vCPUs a node: 4, or 4+ for at least 4").optional(),
    memory: numberOrText().describe("GiB a node: 16, 16+, 16GB, or 4x for GiB a vCPU").optional(),
    instance_type: text().optional(),
    use_spot: flag().optional(),
    job_recovery: either(text(), strict ? closed(recovery) : open(recovery)).optional(),
    volumes: listOf(
      open({
        disk_size: size().optional(),
        disk_tier: text().optional(),
        path: text().optional(),
        auto_delete: flag().optional(),
        storage_type: text().optional(),
        name: text().optional(),
        attach_mode: text().optional(),
      }),
    ).optional(),
    disk_size: size().describe("GB: 256, or text with a unit").optional(),
    ephemeral_storage: size().optional(),
    disk_tier: text().describe("low, medium, high, ultra or best").optional(),
    network_tier: text().describe("standard or best").optional(),
    local_disk: text().describe('nvme, ssd, "500+" or "nvme:500+", in GB').optional(),
    max_hourly_cost: number().gt(0).describe("US dollars a node and hour").optional(),
    ports: either(text(), integer(), listOf(either(text(), integer())), nothing()).optional(),
    labels: mapOf(text()).optional(),
    accelerator_args: closed({
      runtime_version: text().optional(),
      tpu_name: text().optional(),
      tpu_vm: flag().optional(),
      gcp_queued_resource: flag().optional(),
    }).optional(),
    _no_missing_accel_warnings: flag().optional(),
    image_id: either(text(), mapOf(anything()), nothing()).optional(),
    autostop: autostopSchema().optional(),
    priority: integer().min(-1000).max(1000).optional(),
    priority_class: text().optional(),
    _docker_login_config: closed({ username: text(), password: text(), server: text() }).optional(),
    _is_image_managed: flag().optional(),
    _requires_fuse: flag().optional(),
    _cluster_config_overrides: mapOf(anything()).optional(),
  };
}

function acceleratorCounts(sizeMax?: number) {
  return mapOf(either(nothing(), number()), sizeMax === undefined ? {} : { sizeMax });
}

/** One item of `any_of` or `ordered`: one accelerator at most. */
function makeAlternativeSchema(strictness: Strictness) {
  return closed({ ...singleShape(strictness), accelerators: either(text(), acceleratorCounts(1)).optional() });
}

function makeResourcesSchema(strictness: Strictness) {
  const alternative = makeAlternativeSchema(strictness);
  return closed({
    ...singleShape(strictness),
    accelerators: either(text(), acceleratorCounts(), listOf(text()))
      .describe("H100, H100:8, a mapping of names to counts (any of them), or a list (in this order)")
      .optional(),
    any_of: listOf(alternative).describe("alternatives; the cheapest that can be had").optional(),
    ordered: listOf(alternative).describe("alternatives; the first that can be had").optional(),
  });
}

export const alternativeSchema = lazily(() => makeAlternativeSchema({ strict: false }));

/** `resources` of a task, after `gpus` was renamed to `accelerators`. */
export const resourcesSchema = lazily(() => makeResourcesSchema({ strict: false }));

/** The same as a server judges it. */
export const strictResourcesSchema = lazily(() => makeResourcesSchema({ strict: true }));

/** The same without `ports` at the top: what a controller may ask for. */
export function makeControllerResourcesSchema(strictness: Strictness) {
  return makeResourcesSchema(strictness).omit({ ports: true });
}
