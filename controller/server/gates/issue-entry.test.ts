// The answers to wrong bodies are those that SkyPilot's own server gave to the same bodies, but for what was sent.
import { describe, expect, test } from "bun:test";
import type { z } from "zod";
import {
  autostopBodySchema,
  cancelBodySchema,
  execBodySchema,
  launchBodySchema,
  statusBodySchema,
} from "#shared/api/bodies.ts";
import { issueEntry } from "./issue-entry.ts";

const refresh = {
  type: "enum",
  loc: ["body", "refresh"],
  msg: "Input should be 'NONE', 'AUTO' or 'FORCE'",
  input: null,
  ctx: { expected: "'NONE', 'AUTO' or 'FORCE'" },
};
const target = {
  type: "enum",
  loc: ["body", "optimize_target"],
  msg: "Input should be 0 or 1",
  input: null,
  ctx: { expected: "0 or 1" },
};
const launch = { task: "run: x", cluster_name: "a" };

describe("server/gates/issue-entry", () => {
  test("a body that was read and kept means the same when it is read again", () => {
    const once = launchBodySchema.parse({ ...launch, optimize_target: 1 });

    expect(once.optimize_target).toBe("time");
    expect(launchBodySchema.parse(once)).toEqual(once);
  });

  test.each<[string, z.ZodType, unknown, readonly unknown[]]>([
    ["a word that is none of several", statusBodySchema, { refresh: "BAD" }, [refresh]],
    ["a number for a word", statusBodySchema, { refresh: 5 }, [refresh]],
    [
      "no list",
      statusBodySchema,
      { cluster_names: "x" },
      [{ type: "list_type", loc: ["body", "cluster_names"], msg: "Input should be a valid list", input: null }],
    ],
    [
      "no boolean, in words",
      statusBodySchema,
      { all_users: "maybe" },
      [
        {
          type: "bool_parsing",
          loc: ["body", "all_users"],
          msg: "Input should be a valid boolean, unable to interpret input",
          input: null,
        },
      ],
    ],
    [
      "no boolean at all",
      launchBodySchema,
      { ...launch, dryrun: {} },
      [{ type: "bool_type", loc: ["body", "dryrun"], msg: "Input should be a valid boolean", input: null }],
    ],
    ["a word for an enum of numbers", launchBodySchema, { ...launch, optimize_target: "banana" }, [target]],
    ["a number that is none of it", launchBodySchema, { ...launch, optimize_target: 7 }, [target]],
    [
      "no text",
      launchBodySchema,
      { ...launch, task: 5 },
      [{ type: "string_type", loc: ["body", "task"], msg: "Input should be a valid string", input: null }],
    ],
    [
      "null for a text",
      launchBodySchema,
      { ...launch, cluster_name: null },
      [{ type: "string_type", loc: ["body", "cluster_name"], msg: "Input should be a valid string", input: null }],
    ],
    [
      "nothing",
      launchBodySchema,
      { cluster_name: "a" },
      [{ type: "missing", loc: ["body", "task"], msg: "Field required", input: null }],
    ],
    [
      "words for a whole number",
      launchBodySchema,
      { ...launch, idle_minutes_to_autostop: "x" },
      [
        {
          type: "int_parsing",
          loc: ["body", "idle_minutes_to_autostop"],
          msg: "Input should be a valid integer, unable to parse string as an integer",
          input: null,
        },
      ],
    ],
    [
      "a fraction for a whole number",
      launchBodySchema,
      { ...launch, idle_minutes_to_autostop: 1.5 },
      [
        {
          type: "int_from_float",
          loc: ["body", "idle_minutes_to_autostop"],
          msg: "Input should be a valid integer, got a number with a fractional part",
          input: null,
        },
      ],
    ],
    [
      "null for a whole number",
      autostopBodySchema,
      { cluster_name: "a", idle_minutes: null },
      [{ type: "int_type", loc: ["body", "idle_minutes"], msg: "Input should be a valid integer", input: null }],
    ],
    [
      "a list for a mapping",
      launchBodySchema,
      { ...launch, env_vars: [] },
      [{ type: "dict_type", loc: ["body", "env_vars"], msg: "Input should be a valid dictionary", input: null }],
    ],
    [
      "inside a list",
      cancelBodySchema,
      { cluster_name: "a", job_ids: ["x", 1.5] },
      [
        {
          type: "int_parsing",
          loc: ["body", "job_ids", 0],
          msg: "Input should be a valid integer, unable to parse string as an integer",
          input: null,
        },
        {
          type: "int_from_float",
          loc: ["body", "job_ids", 1],
          msg: "Input should be a valid integer, got a number with a fractional part",
          input: null,
        },
      ],
    ],
    [
      "no mapping at all",
      statusBodySchema,
      [1],
      [
        {
          type: "model_attributes_type",
          loc: ["body"],
          msg: "Input should be a valid dictionary or object to extract fields from",
          input: null,
        },
      ],
    ],
    [
      "below a bound",
      execBodySchema,
      { ...launch, stix_copies: 0 },
      [
        {
          type: "greater_than_equal",
          loc: ["body", "stix_copies"],
          msg: "Input should be greater than or equal to 1",
          input: null,
          ctx: { ge: 1 },
        },
      ],
    ],
  ])("%s", (_what, schema, body, entries) => {
    const result = schema.safeParse(body);

    expect<unknown>(result.error?.issues.map((issue) => issueEntry(issue, body))).toEqual(entries);
  });
});
