// What was thrown, as the end of a request.
import { cancelledFailure } from "#controller/core/request/keep.ts";
import { errorCodes, type ErrorCode } from "#shared/errors/codes.ts";
import { errorText, isStixError, StixError } from "#shared/errors/stix-error.ts";
import { requestState, type RequestFailure, type RequestOutcome } from "#shared/lifecycle/request.ts";

/** Any thrown thing as clients get it. What is not ours to explain becomes `internal`, without a stack trace. */
export function failureOf(error: unknown): RequestFailure {
  const known = isStixError(error)
    ? error
    : new StixError({
        code: "internal",
        message: firstLine(errorText(error)),
        hint: "stix api logs --server-logs, and report this",
      });
  return {
    code: known.code,
    exception: known.exception,
    message: known.message,
    hint: known.hint,
    attributes: attributesOf(known.code, known),
  };
}

/** The exception's keyword arguments: an unknown one would make Python's client fail while it builds the exception. */
function attributesOf(code: ErrorCode, error: StixError): Record<string, unknown> {
  if (errorCodes[code].exception === "ClusterNotUpError") return { cluster_status: null, handle: null };
  if (error.exception === "ResourcesUnavailableError") return { no_failover: false, failover_history: null };
  return {};
}

/** The end of a request whose client went away, or that somebody cancelled. */
export const cancelledOutcome: RequestOutcome = { state: requestState.CANCELLED, failure: cancelledFailure };

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.slice(0, 500) ?? "";
}
