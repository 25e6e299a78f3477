// Tasks without running them: whether a file is right, and what it would be planned as.
import { checkPlaces } from "#controller/operations/optimize.ts";
import { planLaunch } from "#controller/operations/plan-launch.ts";
import { parseRequestDag, parsePlannedTask } from "#controller/operations/parse-request-task.ts";
import { launchBodySchema, validateBodySchema } from "#shared/api/bodies.ts";
import { readBody } from "../gates/read-body.ts";
import { failureOf } from "#controller/operations/request-failure.ts";
import { failurePayload } from "../skypilot/request-record.ts";
import type { App, Service } from "../service.ts";

export function taskRoutes(app: App, { world }: Service): void {
  app.post("/validate", async (c) => {
    const body = await readBody(c.req.raw, validateBodySchema);
    try {
      checkPlaces(parseRequestDag(world, body.dag), world.catalog());
      return c.json(null);
    } catch (error) {
      const failure = failureOf(error);
      const { stix } = failurePayload(failure);
      const message = `${failure.message}${failure.hint === "" ? "" : `\nTo go on: ${failure.hint}`}`;
      return c.json(
        {
          detail: {
            type: failure.exception,
            message,
            args: [message],
            attributes: failure.attributes,
            stacktrace: null,
            stix,
          },
        },
        400,
      );
    }
  });

  app.post("/stix/v1/plan", async (c) => {
    const body = await readBody(c.req.raw, launchBodySchema);
    const task = parsePlannedTask(world, body.task, body);
    const wish = {
      minimize: body.optimize_target,
      assumeEnabled: body.stix_assume_enabled,
      ...(body.stix_max_cost === null ? {} : { maxUsdPerHour: body.stix_max_cost }),
    };
    return c.json((await planLaunch(world, task, wish, c.req.raw.signal)).planned.json);
  });
}
