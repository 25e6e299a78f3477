// Tables of requests, locks and uploads, for queries. The migration makes them.
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { RequestState } from "#shared/lifecycle/request.ts";
import type { Lane } from "#controller/ports/requests.ts";

export const requests = sqliteTable("requests", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  lane: text("lane").$type<Lane>().notNull(),
  state: text("state").$type<RequestState>().notNull(),
  bodyJson: text("body_json").notNull(),
  userHash: text("user_hash").notNull(),
  userName: text("user_name").notNull(),
  clusterName: text("cluster_name"),
  clientApi: integer("client_api"),
  createdAt: integer("created_at").notNull(),
  startedAt: integer("started_at"),
  finishedAt: integer("finished_at"),
  runs: integer("runs").notNull(),
  cancelAsked: integer("cancel_asked", { mode: "boolean" }).notNull(),
  valueJson: text("value_json"),
  failureJson: text("failure_json"),
  statusMessage: text("status_message"),
  token: integer("token").notNull(),
  leaseOwner: text("lease_owner"),
  leaseUntil: integer("lease_until"),
  wakeAt: integer("wake_at"),
  wakeOn: text("wake_on"),
  waits: integer("waits").notNull(),
});

export const leases = sqliteTable("leases", {
  name: text("name").primaryKey(),
  owner: text("owner").notNull(),
  until: integer("until").notNull(),
  token: integer("token").notNull(),
});

export const locks = sqliteTable("locks", {
  name: text("name").primaryKey(),
  holder: text("holder").notNull(),
  acquiredAt: integer("acquired_at").notNull(),
});

export const uploads = sqliteTable(
  "uploads",
  {
    userHash: text("user_hash").notNull(),
    blobId: text("blob_id").notNull(),
    sizeBytes: integer("size_bytes").notNull(),
    usedAt: integer("used_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userHash, table.blobId] })],
);
