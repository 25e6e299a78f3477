// Tables of requests, locks and uploads, for queries. The migration makes them.
import type { RequestState } from "#shared/lifecycle/request.ts";
import type { Lane } from "#controller/ports/requests.ts";
import { owner, type TableKit } from "./kit.ts";

export function requestTables(kit: TableKit) {
  const { table, text, integer, flag } = kit;
  return {
    requests: table("requests", {
      id: text("id").primaryKey(),
      name: text("name").notNull(),
      lane: text("lane").$type<Lane>().notNull(),
      state: text("state").$type<RequestState>().notNull(),
      bodyJson: text("body_json").notNull(),
      userHash: text("user_hash").notNull(),
      workspace: text("workspace").notNull().default("default"),
      userName: text("user_name").notNull(),
      clusterName: text("cluster_name"),
      clientApi: integer("client_api"),
      createdAt: integer("created_at").notNull(),
      startedAt: integer("started_at"),
      finishedAt: integer("finished_at"),
      runs: integer("runs").notNull(),
      cancelAsked: flag("cancel_asked").notNull(),
      valueJson: text("value_json"),
      failureJson: text("failure_json"),
      statusMessage: text("status_message"),
      token: integer("token").notNull(),
      leaseOwner: text("lease_owner"),
      leaseUntil: integer("lease_until"),
      wakeAt: integer("wake_at"),
      wakeOn: text("wake_on"),
      waits: integer("waits").notNull(),
      /** Order of arrival, as far as one server can tell. */
      place: integer("place").notNull().default(0),
    }),
    leases: table("leases", {
      name: text("name").primaryKey(),
      owner: text("owner").notNull(),
      until: integer("until").notNull(),
      token: integer("token").notNull(),
    }),
    locks: table("locks", {
      name: text("name").primaryKey(),
      holder: text("holder").notNull(),
      acquiredAt: integer("acquired_at").notNull(),
      ...owner(kit),
    }),
    uploads: table("uploads", {
      userHash: text("user_hash").notNull(),
      blobId: text("blob_id").notNull(),
      sizeBytes: integer("size_bytes").notNull(),
      usedAt: integer("used_at").notNull(),
      workspace: text("workspace").notNull().default("default"),
    }),
  };
}
