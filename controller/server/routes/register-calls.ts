// All calls of the API, from the table: each is read, its caller named and judged, and given to its handler or made a request.
import type { Context } from "hono";
import type { Principal } from "#shared/access/principal.ts";
import { baseBodySchema } from "#shared/api/bodies.ts";
import { calls, type CallName, type DirectCallName, type Method, type RequestCallName } from "#shared/api/calls.ts";
import { routes, type CallResult, type ReadBody, type Route } from "#shared/api/routes.ts";
import { unbuiltCalls } from "#shared/api/unbuilt-calls.ts";
import { unbuiltAccess, unbuiltError } from "#controller/operations/unbuilt.ts";
import { permit } from "#controller/operations/permit.ts";
import { principalOf } from "../gates/principal.ts";
import { checkBody, readJson } from "../gates/read-body.ts";
import { accept } from "../requests/accept.ts";
import type { App, ServerEnv, Service } from "../service.ts";

export interface Asked<Name extends CallName> {
  readonly c: Context<ServerEnv>;
  readonly principal: Principal;
  readonly body: ReadBody<Name>;
}

/** Gives the answer as a document of the form that the table says, or a whole answer of its own. */
export type Handler<Name extends DirectCallName> = (
  asked: Asked<Name>,
) => Promise<Response | CallResult<Name>> | Response | CallResult<Name>;

/** One for each call that makes no request of its own. */
export type Handlers = { readonly [Name in DirectCallName]: Handler<Name> };

interface Passed {
  readonly principal: Principal;
  /** null: none is read. */
  readonly json: unknown;
}

/** Throws RangeError for a call that nobody answers, and for a handler that no call leads to. */
export function registerCalls(app: App, service: Service, handlers: Handlers, identify = principalOf): void {
  const pass = gate(identify);
  const stray = Object.keys(handlers).find((name) => !isCall(name) || isRequestCall(name));
  if (stray !== undefined) throw new RangeError(`a handler without a call: ${stray}`);
  for (const name of Object.keys(calls).filter(isCall)) {
    const { method, path } = calls[name];
    app.on(method, path, isRequestCall(name) ? requester(service, name, pass) : answerer(handlers, name, pass));
  }
  for (const { method, path, operation } of unbuiltCalls) {
    app.on(method, path, async (c) => {
      const { principal, json } = await pass(c, {
        ...unbuiltAccess(method, path),
        body: bodyOfUnbuilt(method, operation),
      });
      if (operation === null) throw unbuiltError(path);
      return accept(c, service, principal, { name: operation, lane: "short" }, checkBody(json, baseBodySchema));
    });
  }
}

function requester(service: Service, name: RequestCallName, pass: Pass) {
  const route: Route = routes[name];
  if (!service.operations.has(name)) throw new RangeError(`a call without an operation: ${name}`);
  return async (c: Context<ServerEnv>): Promise<Response> => {
    const { principal, json } = await pass(c, route);
    const body = checkBody(json, routes[name].body ?? baseBodySchema);
    return accept(c, service, principal, { name, lane: route.lane ?? "short" }, body);
  };
}

function answerer<Name extends DirectCallName>(handlers: Handlers, name: Name, pass: Pass) {
  const handler: Handler<Name> | undefined = handlers[name];
  if (handler === undefined) throw new RangeError(`a call without a handler: ${name}`);
  const route: Route = routes[name];
  return async (c: Context<ServerEnv>): Promise<Response> => {
    const { principal, json } = await pass(c, route);
    const body = (route.body === null ? undefined : checkBody(json, route.body)) as ReadBody<Name>;
    const answer: unknown = await handler({ c, principal, body });
    return answer instanceof Response ? answer : Response.json(answer);
  };
}

/** The one gate: who asks, and whether he may. */
function gate(identify: typeof principalOf) {
  return async (c: Context<ServerEnv>, route: Pick<Route, "action" | "on" | "body">): Promise<Passed> => {
    const json = route.body === null ? null : await readJson(c.req.raw);
    const principal = identify(c.req.raw, json);
    permit(principal, route);
    return { principal, json };
  };
}
type Pass = ReturnType<typeof gate>;

function bodyOfUnbuilt(method: Method, operation: string | null): Route["body"] {
  return method === "POST" && operation !== null ? baseBodySchema : null;
}

function isCall(name: string): name is CallName {
  return Object.hasOwn(calls, name);
}

function isRequestCall(name: CallName): name is RequestCallName {
  return calls[name].answers === "request";
}
