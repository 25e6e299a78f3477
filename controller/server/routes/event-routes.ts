// Events for `stix events` and for monitors.
import { StixError } from "#shared/errors/stix-error.ts";
import { framePipe } from "../frame-pipe.ts";
import type { App, EventFeed, Service } from "../service.ts";
import { isTrue } from "./request-routes.ts";

const PAGE = 500;
/** An event is on the screen within this time; the question costs the store one indexed read. */
const POLL_MS = 150;

export function eventRoutes(app: App, { world, events }: Service): void {
  app.get("/stix/v1/events", async (c) => {
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
          if (cluster === undefined || event.clusterName === cluster) await pipe.push(new TextEncoder().encode(`${event.json}\n`));
        }
        if (page.length === PAGE) continue;
        if (!follow) return;
        await world.clock.sleep(POLL_MS, pipe.signal);
      }
    };
    void send().catch(() => undefined).finally(() => pipe.end());
    return new Response(pipe.stream, { headers: { "content-type": "application/x-ndjson", "cache-control": "no-cache, no-transform" } });
  });

  app.post("/stix/v1/events/credentials", (c) => c.json(required(events).credentials()));
}

function required(events: EventFeed | null): EventFeed {
  if (events !== null) return events;
  throw new StixError({ code: "server-unreachable", message: "the event hub is not running", hint: "stix api stop && stix api start" });
}
