// Prices: every offer for a task, and why one was chosen.
import { explainTask, offersOfTask } from "#controller/operations/offers-of-task.ts";
import { parsePlannedTask } from "#controller/operations/parse-request-task.ts";
import type { Handlers } from "./register-calls.ts";
import type { Service } from "../service.ts";

export function priceHandlers({ world }: Service) {
  return {
    offers: async ({ c, principal, body }) => {
      const { order, limit, expected, stix_columns: columns } = body;
      const task = parsePlannedTask(world, body.task, body, principal);
      return await offersOfTask(world, { task, order, limit, expected, columns }, c.req.raw.signal);
    },

    explain: async ({ c, principal, body }) => {
      const { cloud, region, instance_type: instanceType } = body.subject;
      const subject = {
        ...(cloud === undefined ? {} : { cloud }),
        ...(region === undefined ? {} : { region }),
        ...(instanceType === undefined ? {} : { instanceType }),
      };
      return await explainTask(
        world,
        {
          task: parsePlannedTask(world, body.task, body, principal),
          subject,
          assumeEnabled: body.stix_assume_enabled,
          columns: body.stix_columns,
        },
        c.req.raw.signal,
      );
    },
  } satisfies Partial<Handlers>;
}
