// Messages of the first wire version, frozen: whoever speaks it today is understood for ever. Later versions may add keys.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rpcMethods, rpcReplySchema, type RpcMethod } from "#shared/wire/rpc.ts";
import * as subjects from "#shared/wire/subjects.ts";
import { z } from "zod";
import { eachObject, messageKinds, shapes } from "./kinds.ts";

interface Frozen {
  /** As it travels. */
  readonly sent: unknown;
  /** As it is understood. */
  readonly decoded: unknown;
}

const folder = join(import.meta.dir, "v1");
const kinds = await messageKinds();
const textOf = (name: string) => readFileSync(join(folder, `${name}.json`), "utf8");
const frozenOf = (name: string): Frozen[] =>
  existsSync(join(folder, `${name}.json`)) ? (JSON.parse(textOf(name)) as Frozen[]) : [];
const each = kinds.flatMap(({ name, schema }) =>
  frozenOf(name).map((frozen, index) => ({ name: `${name} ${index}`, schema, ...frozen })),
);
const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A message as those wrote it who did not know the keys that may be absent. */
function withoutLaterKeys(schema: z.ZodType, message: unknown): unknown {
  const earlier = copy(message);
  eachObject(schema, earlier, (object, at) => {
    for (const [key, inner] of Object.entries(object.shape))
      if ((inner as z.ZodType).safeParse(undefined).success) delete at[key];
  });
  return earlier;
}

describe("golden/wire", () => {
  test("every kind of message has fixtures, and every fixture is of a kind", () => {
    const expected = [...kinds.map(({ name }) => `${name}.json`), "subjects.json"].sort();

    expect(readdirSync(folder).sort()).toEqual(expected);
  });

  test("every shape of a message has one", () => {
    const missing = kinds.flatMap(({ name, schema }) =>
      shapes(schema)
        .filter((shape) => !frozenOf(name).some(({ sent }) => shape.safeParse(sent).success))
        .map((shape) => `${name}: ${JSON.stringify(z.toJSONSchema(shape))}`),
    );

    expect(missing).toEqual([]);
  });

  test.each(each)("$name is understood as ever", ({ schema, sent, decoded }) => {
    expect(copy(schema.parse(sent))).toEqual(decoded);
  });

  test.each(each)("$name is understood with keys of a later version", ({ schema, sent, decoded }) => {
    const later = copy(sent);
    let isOpen = false;
    eachObject(schema, later, (object, at) => {
      isOpen ||= object.def.catchall instanceof z.ZodUnknown;
      at["keyOfALaterVersion"] = { anything: [1] };
    });

    const understood = copy(schema.parse(later));
    if (isOpen) expect(understood).toMatchObject(decoded as object);
    else expect(understood).toEqual(decoded);
  });

  test.each(each)("$name is understood without the keys that came later", ({ schema, sent, decoded }) => {
    const earlier = withoutLaterKeys(schema, sent);
    const understood = copy(schema.parse(earlier));

    // What is left means what it meant.
    expect(withoutLaterKeys(schema, understood)).toEqual(withoutLaterKeys(schema, decoded) as object);
  });

  test("replies carry results and refusals of every method", () => {
    const refusals = frozenOf("rpc.rpcError").map(({ sent }) => ({ ok: false, error: sent }));
    for (const method of Object.keys(rpcMethods) as RpcMethod[]) {
      const results = frozenOf(`rpc.${method}.result`).map(({ sent }) => ({ ok: true, result: sent }));
      for (const reply of [...results, ...refusals])
        expect({ method, understood: rpcReplySchema(method).safeParse(reply).success }).toEqual({
          method,
          understood: true,
        });
    }
  });

  test("subjects, streams and buckets have the names they ever had", () => {
    const named = (value: unknown): unknown => {
      if (typeof value === "function") return (value as (...parts: unknown[]) => string)("c-1", "x", "y");
      if (typeof value !== "object" || value === null || value instanceof RegExp) return String(value);
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, named(inner)]));
    };

    expect(named({ ...subjects })).toEqual(JSON.parse(textOf("subjects")));
  });
});
