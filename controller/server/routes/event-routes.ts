// Events for `stix events` and for monitors.
import { StixError } from "#shared/errors/stix-error.ts";
import { framePipe } from "../streams/frame-pipe.ts";
import type { Handlers } from "./register-calls.ts";
import type { Service } from "../service.ts";
import { isTrue } from "./request-routes.ts";

const PAGE = 500;
/** An event is on the screen within this time; the question costs the store one indexed read. */
const POLL_MS = 150;

export function eventHandlers({ world, events }: Service) {
  return {
    events: async ({ c }) => {
      const feed = required(events);
      const since = c.req.query("since");
      const follow = isTrue(c.req.query("follow"));
      const cluster = c.req.query("cluster");
      c.env.keepOpen(c.req.raw);
      const pipe = framePipe<Uint8Array>();
      const send = async () => {
        // Who follows and names no time wants what comes from now on.
        const from = since === undefined && follow ? world.clock.now() : Number(since ?? 0);
        let at = await feed.idBefore(from);
        for (;;) {
          const page = await feed.after(at, PAGE);
          for (const event of page) {
            at = event.id;
            if (cluster === undefined || event.clusterName === cluster)
              await pipe.push(new TextEncoder().encode(`${event.json}\n`));
          }
          if (page.length === PAGE) continue;
          if (!follow) return;
          await world.clock.sleep(POLL_MS, pipe.signal);
        }
      };
      void send()
        .catch(() => undefined)
        .finally(() => pipe.end());
      return new Response(pipe.stream, { headers: { "content-type": "application/x-ndjson" } });
    },

    "events.credentials": async ({ body: { name, lifetime_ms: lifetimeMs } }) => {
      const { endpoints, credentials, ca, consumer, ...access } = await required(events).monitors.create({
        name,
        lifetimeMs,
      });
      return { name: access.name, url: endpoints.join(","), credentials, ca, consumer, expire_at: access.expireAt };
    },

    "events.monitors": async () =>
      (await required(events).monitors.list()).map(({ id, name, createdAt, expireAt, state }) => ({
        id,
        name,
        created_at: createdAt,
        expire_at: expireAt,
        state,
      })),

    "events.revoke": async ({ body: { names } }) => ({ revoked: await required(events).monitors.revoke(names) }),
  } satisfies Partial<Handlers>;
}

function required(events: Service["events"]): NonNullable<Service["events"]> {
  if (events !== null) return events;
  throw new StixError({
    code: "server-unreachable",
    message: "the event hub is not running",
    hint: "stix api stop && stix api start",
  });
}
