// The few zod shapes that every schema of a user's file is made of, so that faults read the same everywhere.
import { z } from "zod";

/** Marks a schema's kind where zod's issue does not tell it: read by faults.ts. */
export const INTEGER_ISSUE = "integer";
/** Begins the message of an issue that explains itself. */
export const EXPLAINED = "explained: ";

export function text(): z.ZodString {
  return z.string();
}

export function textNotEmpty(): z.ZodString {
  return z.string().min(1);
}

/** `explain` says of a text that is not like that what it is instead; without it the pattern is shown. */
export function textLike(pattern: RegExp, explain?: (text: string) => string): z.ZodString {
  return z
    .string()
    .regex(pattern, explain === undefined ? {} : { error: ({ input }) => `${EXPLAINED}${explain(String(input))}` });
}

export function flag(): z.ZodBoolean {
  return z.boolean();
}

export function number(): z.ZodNumber {
  return z.number();
}

/** A whole number; 2.0 is one too, as in JSON Schema. */
export function integer(): z.ZodInt {
  return z.int({ error: INTEGER_ISSUE });
}

/** One of the words, in any case of letters. The value stays as written. */
export function word(words: readonly string[]): z.ZodString {
  const lower = new Set(words.map((each) => each.toLowerCase()));
  const check = z.string().refine((value) => lower.has(value.toLowerCase()), {
    params: { rule: "enum", words },
    error: "enum",
  });
  return check.meta({ anyOf: [{ enum: [...words] }, { pattern: `^(?:${[...words].map(anyCase).join("|")})$` }] });
}

/** One of the words, exactly. */
export function exactWord(words: readonly string[]): z.ZodString {
  const known = new Set(words);
  const check = z.string().refine((value) => known.has(value), { params: { rule: "enum", words }, error: "enum" });
  return check.meta({ enum: [...words] });
}

function anyCase(value: string): string {
  return value.replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}

export function nothing(): z.ZodNull {
  return z.null();
}

export function anything(): z.ZodUnknown {
  return z.unknown();
}

/** A mapping with these keys alone. Keys may be left out unless `.required` names them. */
export function closed<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape);
}

/** A mapping with these keys and any others. */
export function open<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$loose> {
  return z.looseObject(shape);
}

export function listOf<Item extends z.ZodType>(item: Item): z.ZodArray<Item> {
  return z.array(item);
}

/** A list in which nothing stands twice. */
export function listOfUnique<Item extends z.ZodType>(item: Item): z.ZodArray<Item> {
  const check = z
    .array(item)
    .refine((items) => new Set(items.map((each) => JSON.stringify(each))).size === items.length, {
      params: { rule: "uniqueItems" },
      error: "uniqueItems",
    });
  return check.meta({ uniqueItems: true });
}

export interface MappingLimits {
  readonly keyPattern?: RegExp;
  readonly keyMinLength?: number;
  readonly sizeMin?: number;
  readonly sizeMax?: number;
}

/** A mapping from any key to values of one shape. */
export function mapOf<Value extends z.ZodType>(
  value: Value,
  limits: MappingLimits = {},
): z.ZodRecord<z.ZodString, Value> {
  const { keyPattern, keyMinLength, sizeMin, sizeMax } = limits;
  let record = z.record(z.string(), value);
  if (keyPattern !== undefined)
    record = withRule(record, "keyPattern", (keys) => keys.every((key) => keyPattern.test(key)), {
      pattern: keyPattern.source,
    });
  if (keyMinLength !== undefined)
    record = withRule(record, "propertyNames", (keys) => keys.every((key) => key.length >= keyMinLength), {});
  if (sizeMax !== undefined)
    record = withRule(record, "maxProperties", (keys) => keys.length <= sizeMax, { limit: sizeMax });
  if (sizeMin !== undefined)
    record = withRule(record, "minProperties", (keys) => keys.length >= sizeMin, { limit: sizeMin });
  return record.meta({
    ...(keyPattern === undefined ? {} : { propertyNames: { pattern: keyPattern.source } }),
    ...(keyMinLength === undefined ? {} : { propertyNames: { minLength: keyMinLength } }),
    ...(sizeMin === undefined ? {} : { minProperties: sizeMin }),
    ...(sizeMax === undefined ? {} : { maxProperties: sizeMax }),
  });
}

function withRule<Value extends z.ZodType>(
  record: z.ZodRecord<z.ZodString, Value>,
  rule: string,
  holds: (keys: string[]) => boolean,
  params: Readonly<Record<string, unknown>>,
): z.ZodRecord<z.ZodString, Value> {
  return record.refine((value) => holds(Object.keys(value)), { params: { rule, ...params }, error: rule });
}

/** A mapping in which none of the keys may stand. */
export function withoutKeys(keys: readonly string[]): z.ZodRecord<z.ZodString, z.ZodUnknown> {
  return z
    .record(z.string(), z.unknown())
    .refine((value) => !keys.some((key) => key in value), { params: { rule: "not", keys }, error: "not" })
    .meta({ not: { anyOf: keys.map((key) => ({ required: [key] })) } });
}

/** Any of several forms. */
export function either<const Options extends readonly z.ZodType[]>(...options: Options): z.ZodUnion<Options> {
  return z.union(options);
}

/** A schema made at first use: importing a file of schemas costs nothing. */
export function lazily<Schema>(make: () => Schema): () => Schema {
  let made: Schema | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
