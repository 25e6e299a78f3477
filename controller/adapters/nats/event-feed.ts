// The committed events for those who ask the server instead of the hub: the same documents, in the same order.
import type { AgentRecords } from "#controller/ports/agent-records.ts";
import { publishedEvent } from "./event-rows.ts";

export interface MonitorAccess {
  readonly endpoints: readonly string[];
  /** Content of a NATS credentials file. */
  readonly credentials: string;
  /** PEM to trust; null: no TLS. */
  readonly ca: string | null;
}

export interface EventFeed {
  /** JSON documents after this id, oldest first. */
  after(id: number, limit: number): Promise<readonly { readonly id: number; readonly clusterName: string; readonly json: string }[]>;
  /** The id of the last event before this instant. */
  idBefore(at: number): Promise<number>;
  credentials(): { readonly url: string; readonly credentials: string; readonly ca: string | null };
}

export function createEventFeed(records: AgentRecords, access: () => MonitorAccess): EventFeed {
  return {
    after: async (id, limit) => (await records.eventsAfter(id, limit)).map((event) => ({ id: event.id, clusterName: event.clusterName, json: publishedEvent(event).text })),
    idBefore: (at) => records.idBefore(at),
    credentials() {
      const { endpoints, credentials, ca } = access();
      return { url: endpoints.join(","), credentials, ca };
    },
  };
}
