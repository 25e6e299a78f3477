// The committed events for those who ask the server instead of the hub: the same documents, in the same order.
import type { AgentRecords } from "#controller/ports/agent-records.ts";
import { publishedEvent } from "./event-rows.ts";

export interface EventFeed {
  /** JSON documents after this id, oldest first. */
  after(
    id: number,
    limit: number,
  ): Promise<readonly { readonly id: number; readonly clusterName: string; readonly json: string }[]>;
  /** The id of the last event before this instant. */
  idBefore(at: number): Promise<number>;
}

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
