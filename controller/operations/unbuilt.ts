// Calls of SkyPilot's API that are not built yet: their requests end in NotSupportedError.
import type { Right } from "#shared/access/principal.ts";
import type { Method } from "#shared/api/calls.ts";
import { unbuiltRequests } from "#shared/api/unbuilt-calls.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Operation } from "./operation.ts";

export const unbuiltOperations: readonly Operation[] = unbuiltRequests.map((name) => ({
  name,
  canResume: true,
  run: async () => {
    throw unbuiltError(name);
  },
}));

export function unbuiltError(what: string): StixError {
  return new StixError({
    code: "not-implemented",
    message: `'${what}' is not built yet`,
    hint: "stix --help lists what is",
  });
}

/** Whoever may not do it will not be told that it does not exist. */
export function unbuiltAccess(method: Method, path: string): { readonly action: Right; readonly on: string } {
  return { action: method === "GET" ? "read" : "change", on: path.split("/")[1] ?? "server" };
}
