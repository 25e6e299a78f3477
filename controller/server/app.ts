// The HTTP application: headers and gates in order, all routes, and the one border where errors become answers.
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { isStixError } from "#shared/errors/stix-error.ts";
import { answerHeaders, versionGate } from "./gates/answer-headers.ts";
import { failureOf } from "#controller/operations/request-failure.ts";
import { failurePayload } from "./skypilot/request-record.ts";
import { eventRoutes } from "./routes/event-routes.ts";
import { fileRoutes } from "./routes/file-routes.ts";
import { logRoutes } from "./routes/log-routes.ts";
import { operationRoutes } from "./routes/operation-routes.ts";
import { overviewRoutes } from "./routes/overview-routes.ts";
import { peopleRoutes } from "./routes/people-routes.ts";
import { priceRoutes } from "./routes/price-routes.ts";
import { requestRoutes } from "./routes/request-routes.ts";
import { taskRoutes } from "./routes/task-routes.ts";
import { unbuiltRoutes } from "./routes/unbuilt-routes.ts";
import { sameFolder } from "./gates/same-folder.ts";
import { sameOrigin } from "./gates/same-origin.ts";
import type { App, ServerEnv, Service } from "./service.ts";

export function createApp(service: Service): App {
  const app: App = new Hono<ServerEnv>();
  app.use(answerHeaders(() => service.world.random.uuid()));
  app.use(sameOrigin());
  app.use(versionGate());
  app.use(sameFolder(service.world.paths.root));
  requestRoutes(app, service);
  overviewRoutes(app, service);
  operationRoutes(app, service);
  logRoutes(app, service);
  taskRoutes(app, service);
  priceRoutes(app, service);
  fileRoutes(app, service);
  eventRoutes(app, service);
  peopleRoutes(app, service);
  unbuiltRoutes(app, service);
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

function methodsByPath(app: App): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of app.routes) {
    if (route.method === "ALL") continue;
    methods.set(route.path, [...(methods.get(route.path) ?? []), route.method]);
  }
  return methods;
}
