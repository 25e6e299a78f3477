// The error that a cancelled operation is ended with.
import { cancelledFailure } from "#controller/core/request/keep.ts";
import { StixError } from "#shared/errors/stix-error.ts";

/** What an operation that somebody cancelled is ended with. */
export function requestCancelled(): StixError {
  return new StixError({
    code: "request-cancelled",
    message: cancelledFailure.message,
    hint: cancelledFailure.hint,
  });
}
