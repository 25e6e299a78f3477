// The HTTP application: headers and gates in order, all routes, and the one border where errors become answers.
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { isStixError } from "#shared/errors/stix-error.ts";
import { answerHeaders, versionGate } from "./gates/answer-headers.ts";
import { failureOf } from "#controller/operations/request-failure.ts";
import { failurePayload } from "./skypilot/request-record.ts";
import { eventHandlers } from "./routes/event-routes.ts";
import { fileHandlers } from "./routes/file-routes.ts";
import { logHandlers } from "./routes/log-routes.ts";
import { overviewHandlers } from "./routes/overview-routes.ts";
import { peopleHandlers } from "./routes/people-routes.ts";
import { registerCalls, type Handlers } from "./routes/register-calls.ts";
import { priceHandlers } from "./routes/price-routes.ts";
import { requestHandlers } from "./routes/request-routes.ts";
import { taskHandlers } from "./routes/task-routes.ts";
import { sameFolder } from "./gates/same-folder.ts";
import { sameOrigin } from "./gates/same-origin.ts";
import type { App, ServerEnv, Service } from "./service.ts";

export function createApp(service: Service): App {
  const app: App = new Hono<ServerEnv>();
  app.use(answerHeaders(() => service.world.random.uuid()));
  app.use(sameOrigin());
  app.use(versionGate());
  app.use(sameFolder(service.world.paths.root));
  registerCalls(app, service, handlersOf(service));
  const known = methodsByPath(app);
  app.notFound((c) => {
    const allowed = known.get(c.req.path);
    return allowed === undefined
      ? c.json({ detail: "Not Found" }, 404)
      : c.json({ detail: "Method Not Allowed" }, 405, { allow: allowed.join(", ") });
  });
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    const failure = failureOf(error);
    if (!isStixError(error))
      service.tell("call-broke", { method: c.req.method, path: c.req.path, error: error.stack ?? error.message });
    const status = isStixError(error) ? error.httpStatus : 500;
    return Response.json({ detail: failurePayload(failure) }, { status });
  });
  return app;
}

/** A call of the table without a handler here does not compile. */
export function handlersOf(service: Service): Handlers {
  return {
    ...requestHandlers(service),
    ...overviewHandlers(service),
    ...logHandlers(service),
    ...taskHandlers(service),
    ...priceHandlers(service),
    ...fileHandlers(service),
    ...eventHandlers(service),
    ...peopleHandlers(service),
  };
}

function methodsByPath(app: App): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of app.routes) {
    if (route.method === "ALL") continue;
    methods.set(route.path, [...(methods.get(route.path) ?? []), route.method]);
  }
  return methods;
}
