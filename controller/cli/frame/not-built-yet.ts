// What a command does whose engine is not there: it says so, after its words were understood.
import { StixError } from "#shared/errors/stix-error.ts";

/** `what` is a plural: "managed jobs". `refuse` throws what is wrong with the call itself. Exits 2. */
export async function notBuiltYet(what: string, refuse: () => void = () => undefined): Promise<number> {
  refuse();
  throw new StixError({
    code: "not-implemented",
    message: `'{program} {command}' does nothing yet: ${what} are not built in this version`,
    hint: "{program} help",
  });
}
