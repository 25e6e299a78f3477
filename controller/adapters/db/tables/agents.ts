// Tables of the hub's side: agents, their events in order of arrival, the snapshots monitors read, monitors, and a few single facts.
import { index, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";

type JsonObject = Readonly<Record<string, unknown>>;

export const agents = sqliteTable("agents", {
  cid: text("cid").primaryKey(),
  clusterName: text("cluster_name").notNull(),
  busPort: integer("bus_port").notNull(),
  bootGeneration: integer("boot_generation").notNull().default(1),
  credentialsExpireAt: integer("credentials_expire_at").notNull(),
  revokedAt: integer("revoked_at"),
  dbId: text("db_id"),
  inc: integer("inc").notNull().default(0),
  run: integer("run").notNull().default(0),
  acked: integer("acked").notNull().default(0),
});

export const agentEvents = sqliteTable(
  "agent_events",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    cid: text("cid").notNull(),
    clusterName: text("cluster_name").notNull(),
    inc: integer("inc").notNull(),
    seq: integer("seq").notNull(),
    at: integer("at").notNull(),
    kind: text("kind").notNull(),
    body: text("body_json", { mode: "json" }).$type<JsonObject>().notNull(),
  },
  (table) => [unique().on(table.cid, table.inc, table.seq), index("agent_events_by_time").on(table.at)],
);

export const snapshots = sqliteTable("snapshots", {
  key: text("key").primaryKey(),
  cid: text("cid").notNull(),
  value: text("value_json", { mode: "json" }).$type<JsonObject>().notNull(),
  eventId: integer("event_id").notNull(),
});

export const hubFacts = sqliteTable("hub_facts", {
  name: text("name").primaryKey(),
  value: text("value_json", { mode: "json" }).$type<JsonObject>().notNull(),
});

export const monitors = sqliteTable("monitors", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  createdAt: integer("created_at").notNull(),
  expireAt: integer("expire_at").notNull(),
  revokedAt: integer("revoked_at"),
});
