// The committed events for those who ask the server instead of the hub: the same documents, in the same order.
import type { AgentRecords } from "#controller/ports/agent-records.ts";
import type { EventFeed } from "#controller/ports/monitors.ts";
import { publishedEvent } from "./event-rows.ts";

export function createEventFeed(records: AgentRecords): EventFeed {
  return {
    after: async (id, limit) =>
      (await records.eventsAfter(id, limit)).map((event) => ({
        id: event.id,
        clusterName: event.clusterName,
        json: publishedEvent(event).text,
      })),
    idBefore: (at) => records.idBefore(at),
  };
}
