// What a command does whose engine is not there: it says so, after its words were understood.
import { StixError } from "#shared/errors/stix-error.ts";

/** `what` is a plural: "managed jobs". Exits 2. */
export function notBuiltYet(what: string): () => Promise<number> {
  return () =>
    Promise.reject(
      new StixError({
        code: "not-implemented",
        message: `'{program} {command}' does nothing yet: ${what} are not built in this version`,
        hint: "{program} help",
      }),
    );
}
