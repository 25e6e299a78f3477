// Asks core/access and lets through, or refuses with the reason: for calls at the server's gate, and for operations again when
// they run, which may be long after.
import { decideAccess } from "#controller/core/access/decide-access.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import { ownerOfServer, type Principal, type Right } from "#shared/access/principal.ts";
import { calls } from "#shared/api/calls.ts";
import { routes } from "#shared/api/routes.ts";
import { unbuiltCalls } from "#shared/api/unbuilt-calls.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Operation } from "./operation.ts";
import { unbuiltAccess } from "./unbuilt.ts";

export interface Access {
  readonly action: Right;
  /** "clusters", "requests", …: what the right is asked for. */
  readonly on: string;
}

/** Throws StixError forbidden. */
export function permit(principal: Principal, { action, on }: Access): void {
  const decision = decideAccess(principal, action, { kind: on });
  if (!decision.allowed) throw new StixError({ code: "forbidden", message: decision.reason, hint: decision.hint });
}

/** Who asked for it. Roles will be looked up here, as they are when the operation runs. */
export function principalOfRequest({ userHash, userName, workspace }: RequestRecord): Principal {
  return ownerOfServer({ userHash, userName, workspace });
}

/** The right that an operation takes: that of its call. Throws RangeError for one that no call leads to. */
export function accessOfOperation(name: string): Access {
  if (isRoute(name)) return routes[name];
  const unbuilt = unbuiltCalls.find(({ operation }) => operation === name);
  if (unbuilt === undefined) throw new RangeError(`an operation that no call leads to: ${name}`);
  return unbuiltAccess(unbuilt.method, unbuilt.path);
}

/** Runs only for those who may. */
export function permitted(operation: Operation): Operation {
  const access = accessOfOperation(operation.name);
  return {
    ...operation,
    async run(context) {
      permit(principalOfRequest(context.request), access);
      return await operation.run(context);
    },
  };
}

function isRoute(name: string): name is keyof typeof routes {
  return Object.hasOwn(calls, name);
}
