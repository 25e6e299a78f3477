// The JSON Schema of task files, made from the schemas that read them; editors complete and check with it.
import { z } from "zod";
import { poolSchema, serviceSchema } from "./schema/service.ts";
import { resourcesSchema } from "./schema/resources.ts";
import { storageSchema } from "./schema/storage.ts";
import { makeTaskSchema } from "./schema/task.ts";
import { text, either, mapOf } from "../schema/shapes.ts";

/** Draft 2020-12, one schema for a task document. Keys that only programs write are left out. */
export function taskJsonSchema(): Record<string, unknown> {
  const whole = makeTaskSchema({ strict: true }).extend({
    resources: resourcesSchema().extend({ gpus: resourcesSchema().shape.accelerators }).optional(),
    file_mounts: mapOf(either(text(), storageSchema())).optional(),
    service: serviceSchema().optional(),
    pool: poolSchema().optional(),
  });
  const schema: unknown = z.toJSONSchema(whole, {
    target: "draft-2020-12",
    unrepresentable: "any",
    override: ({ jsonSchema }) => tidy(jsonSchema),
  });
  const { $schema, ...rest } = { $schema: "", ...asMapping(withoutInternals(schema)) };
  return { $schema, title: "STIX task", description: DESCRIPTION, ...rest };
}

const DESCRIPTION = "What to run, on what, with which files and variables. SkyPilot reads the same file.";

interface SchemaNode {
  type?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: unknown;
}

/** Bounds of a number type are no news to anybody. */
function tidy(node: SchemaNode): void {
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
}

/** Drops `_internal` keys everywhere. */
function withoutInternals(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutInternals);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "properties" ? publicKeys(asMapping(inner)) : withoutInternals(inner),
    ]),
  );
}

const SERIALIZED_ONLY = new Set(["file_mounts_mapping", "volume_mounts"]);

function publicKeys(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = Object.entries(properties).filter(([key]) => !key.startsWith("_") && !SERIALIZED_ONLY.has(key));
  return Object.fromEntries(shown.map(([key, inner]) => [key, withoutInternals(inner)]));
}

function asMapping(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
