// Every kind of message that nodes, heads and controllers exchange, found in the code itself: the schemas that the files of
// shared/wire export, and what goes into and comes out of each method.
import { join } from "node:path";
import { rpcMethods } from "#shared/wire/rpc.ts";
import { Glob } from "bun";
import { z } from "zod";
import { root } from "#test/house/source-files.ts";

export interface MessageKind {
  /** `<file>.<name>`, which is also the fixture's name. */
  readonly name: string;
  readonly schema: z.ZodType;
}

export async function messageKinds(): Promise<readonly MessageKind[]> {
  const folder = join(root, "shared/wire");
  const kinds: MessageKind[] = [];
  for (const file of [...new Glob("*.ts").scanSync({ cwd: folder })].sort()) {
    const module: Record<string, unknown> = await import(join(folder, file));
    for (const [name, value] of Object.entries(module))
      if (value instanceof z.ZodType)
        kinds.push({ name: `${file.replace(".ts", "")}.${name.replace(/Schema$/, "")}`, schema: value });
  }
  for (const [method, { params, result }] of Object.entries(rpcMethods))
    kinds.push({ name: `rpc.${method}.params`, schema: params }, { name: `rpc.${method}.result`, schema: result });
  return kinds;
}

/** What a schema is below `optional`, `nullable` and `default`. */
export function core(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return core(schema.unwrap() as z.ZodType);
  return schema;
}

/** The shapes that a message may have: of a union each of its options, else the schema itself. */
export function shapes(schema: z.ZodType): readonly z.ZodType[] {
  const inner = core(schema);
  return inner instanceof z.ZodUnion ? (inner.options as readonly z.ZodType[]).flatMap(shapes) : [inner];
}

/** Calls `visit` for every object inside `value` that a schema of an object describes, the outermost first. */
export function eachObject(
  schema: z.ZodType,
  value: unknown,
  visit: (object: z.ZodObject, at: Record<string, unknown>) => void,
): void {
  const shape = shapes(schema).find((each) => each.safeParse(value).success);
  if (shape instanceof z.ZodObject) {
    const at = value as Record<string, unknown>;
    visit(shape, at);
    for (const [key, inner] of Object.entries(shape.shape))
      if (key in at) eachObject(inner as z.ZodType, at[key], visit);
  } else if (shape instanceof z.ZodArray) {
    for (const each of value as unknown[]) eachObject(shape.element as z.ZodType, each, visit);
  } else if (shape instanceof z.ZodTuple) {
    for (const [index, inner] of (shape.def.items as z.ZodType[]).entries())
      eachObject(inner, (value as unknown[])[index], visit);
  } else if (shape instanceof z.ZodRecord) {
    for (const each of Object.values(value as object)) eachObject(shape.valueType as z.ZodType, each, visit);
  }
}
