// What is wrong with a call's body, told as pydantic tells it: SkyPilot's clients and scripts read `type`, `loc`, `msg` and `ctx`.
import type { z } from "zod";

export interface IssueEntry {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

type Told = Pick<IssueEntry, "type" | "msg" | "ctx">;

/** `json` is the body that was judged. What was sent is not shown again: it may be a secret. */
export function issueEntry(issue: z.core.$ZodIssue, json: unknown): IssueEntry {
  const loc = ["body", ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))];
  const value = issue.path.reduce<unknown>(
    (at, part) =>
      typeof at === "object" && at !== null ? Object.getOwnPropertyDescriptor(at, part)?.value : undefined,
    json,
  );
  const { type, msg, ctx } =
    value === undefined ? { type: "missing", msg: "Field required", ctx: undefined } : told(issue, value);
  return { type, loc, msg, input: null, ...(ctx === undefined ? {} : { ctx }) };
}

function told(issue: z.core.$ZodIssue, value: unknown): Told {
  switch (issue.code) {
    case "invalid_type":
      return issue.path.length === 0
        ? { type: "model_attributes_type", msg: "Input should be a valid dictionary or object to extract fields from" }
        : wrongType(issue.expected, value);
    case "invalid_value":
      return oneOf(issue.values);
    case "invalid_union":
      return eitherOf(issue.errors.flat(), value) ?? valueError(issue.message);
    case "too_small":
      return issue.origin === "number" || issue.origin === "int"
        ? bound(issue.inclusive === false ? "gt" : "ge", Number(issue.minimum))
        : valueError(issue.message);
    case "too_big":
      return issue.origin === "number" || issue.origin === "int"
        ? bound(issue.inclusive === false ? "lt" : "le", Number(issue.maximum))
        : valueError(issue.message);
    default:
      return valueError(issue.message);
  }
}

function wrongType(expected: string, value: unknown): Told {
  switch (expected) {
    case "string":
      return { type: "string_type", msg: "Input should be a valid string" };
    case "number":
    case "int":
      return wrongNumber(value);
    case "boolean":
      if (typeof value === "string" || typeof value === "number")
        return { type: "bool_parsing", msg: "Input should be a valid boolean, unable to interpret input" };
      return { type: "bool_type", msg: "Input should be a valid boolean" };
    case "array":
      return { type: "list_type", msg: "Input should be a valid list" };
    default:
      return { type: "dict_type", msg: "Input should be a valid dictionary" };
  }
}

function wrongNumber(value: unknown): Told {
  const msg = "Input should be a valid integer";
  if (typeof value === "string") return { type: "int_parsing", msg: `${msg}, unable to parse string as an integer` };
  if (typeof value === "number") return { type: "int_from_float", msg: `${msg}, got a number with a fractional part` };
  return { type: "int_type", msg };
}

/** Of several forms the values that are listed; else the type of the first. */
function eitherOf(issues: readonly z.core.$ZodIssue[], value: unknown): Told | undefined {
  const listed = issues.flatMap((issue) => (issue.code === "invalid_value" ? issue.values : []));
  // A number stands for a name that is understood too.
  const numbers = listed.filter((one) => typeof one === "number");
  if (listed.length > 0) return oneOf(numbers.length > 0 ? numbers : listed);
  const [first] = issues;
  return first === undefined ? undefined : told({ ...first, path: ["form", ...first.path] }, value);
}

function oneOf(values: readonly unknown[]): Told {
  const shown = values.map((one) => (typeof one === "string" ? `'${one}'` : String(one)));
  const expected = shown.length > 1 ? `${shown.slice(0, -1).join(", ")} or ${shown.at(-1) ?? ""}` : (shown[0] ?? "");
  return { type: "enum", msg: `Input should be ${expected}`, ctx: { expected } };
}

const bounds = {
  ge: ["greater_than_equal", "greater than or equal to"],
  gt: ["greater_than", "greater than"],
  le: ["less_than_equal", "less than or equal to"],
  lt: ["less_than", "less than"],
} as const;

function bound(kind: keyof typeof bounds, limit: number): Told {
  const [type, words] = bounds[kind];
  return { type, msg: `Input should be ${words} ${limit}`, ctx: { [kind]: limit } };
}

function valueError(message: string): Told {
  return { type: "value_error", msg: `Value error, ${message}`, ctx: { error: {} } };
}
