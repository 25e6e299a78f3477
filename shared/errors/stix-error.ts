// The one class of error a user may see, and the class for our own mistakes.
import { errorCodes, type ErrorCode } from "./codes.ts";

export interface StixErrorFields {
  readonly code: ErrorCode;
  /** What went wrong: one line, no period, names quoted. */
  readonly message: string;
  /** What to do now; where possible a command that works when pasted. */
  readonly hint: string;
  /** Facts a program may read; must hold no secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Something expected went wrong. Thrown anywhere, caught only at a border (CLI main, HTTP, loop tick, bus). */
export class StixError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(fields: StixErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = "StixError";
    this.code = fields.code;
    this.hint = fields.hint;
    this.details = fields.details ?? {};
  }

  get exitStatus(): number {
    return errorCodes[this.code].exit;
  }

  get httpStatus(): number {
    return errorCodes[this.code].http;
  }

  /** The class name SkyPilot's clients raise for this. `details.exception` overrides the table. */
  get exception(): string {
    const named = this.details["exception"];
    return typeof named === "string" ? named : errorCodes[this.code].exception;
  }
}

/** True for a StixError made in this process. Never branch on class names: they are minified in compiled programs. */
export function isStixError(error: unknown): error is StixError {
  return error instanceof StixError;
}

/** A sentence that must be true; if not, the fault is ours. */
export class Bug extends Error {
  constructor(sentence: string, values: Readonly<Record<string, unknown>> = {}) {
    super(`${sentence} ${JSON.stringify(values)}`);
    this.name = "Bug";
  }
}

export function invariant(
  holds: boolean,
  sentence: string,
  values: Readonly<Record<string, unknown>> = {},
): asserts holds {
  if (!holds) throw new Bug(sentence, values);
}

/** For the default branch of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Bug("unreachable", { value });
}

/** The text of any thrown thing, for logs and causes. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
