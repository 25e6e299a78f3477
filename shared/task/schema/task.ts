// The keys of a task and their types. Sections with a schema of their own are only mappings here.
import {
  anything,
  closed,
  either,
  flag,
  integer,
  lazily,
  listOf,
  mapOf,
  nothing,
  number,
  text,
} from "../../schema/shapes.ts";
import { taskConfigSchema } from "../../config/schema/task-config.ts";
import { volumeMountsSchema } from "./volume.ts";
import { ENV_NAME } from "./words.ts";

function section() {
  return mapOf(anything());
}

function textOrNothing() {
  return either(text(), nothing());
}

/** `strict`: keys of `config` that a task may not set are refused, as a server does. */
export function makeTaskSchema(options: { readonly strict: boolean }) {
  return closed({
    name: text().optional(),
    workdir: either(text(), closed({ url: text(), ref: text().optional() })).optional(),
    event_callback: text().optional(),
    num_nodes: integer().optional(),
    resources: section().optional(),
    file_mounts: section().optional(),
    service: section().optional(),
    pool: section().optional(),
    setup: text().optional(),
    run: text().optional(),
    envs: mapOf(textOrNothing(), { keyPattern: ENV_NAME }).optional(),
    secrets: either(mapOf(textOrNothing()), listOf(text())).optional(),
    managed_secrets: listOf(
      either(text(), mapOf(closed({ mount_path: text().optional() }), { sizeMax: 1 })),
    ).optional(),
    inputs: mapOf(number(), { sizeMax: 1 }).optional(),
    outputs: mapOf(number(), { sizeMax: 1 }).optional(),
    file_mounts_mapping: section().optional(),
    config: taskConfigSchema(options).optional(),
    volumes: section().optional(),
    volume_mounts: volumeMountsSchema().optional(),
    api_server_access: flag().optional(),
    _metadata: section().optional(),
  });
}

export const taskSchema = lazily(() => makeTaskSchema({ strict: false }));
export const strictTaskSchema = lazily(() => makeTaskSchema({ strict: true }));
