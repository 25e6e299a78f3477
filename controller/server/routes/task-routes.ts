// Tasks without running them: whether a file is right, and what it would be planned as.
import { checkPlaces } from "#controller/operations/optimize.ts";
import { planLaunch } from "#controller/operations/plan-launch.ts";
import { parseRequestDag, parsePlannedTask } from "#controller/operations/parse-request-task.ts";
import { failureOf } from "#controller/operations/request-failure.ts";
import { failurePayload } from "../skypilot/request-record.ts";
import type { Handlers } from "./register-calls.ts";
import type { Service } from "../service.ts";

export function taskHandlers({ world }: Service) {
  return {
    validate: ({ c, body }) => {
      try {
        checkPlaces(parseRequestDag(world, body.dag), world.catalog());
        return null;
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
    },

    plan: async ({ c, principal, body }) => {
      const task = parsePlannedTask(world, body.task, body, principal);
      const wish = {
        minimize: body.optimize_target,
        assumeEnabled: body.stix_assume_enabled,
        ...(body.stix_max_cost === null ? {} : { maxUsdPerHour: body.stix_max_cost }),
      };
      return (await planLaunch(world, task, wish, c.req.raw.signal)).planned.json;
    },
  } satisfies Partial<Handlers>;
}
