// Tables of the hub's side: agents, their events in order of arrival, the snapshots monitors read, monitors, and a few single facts.
import { owner, type TableKit } from "./kit.ts";

export function agentTables(kit: TableKit) {
  const { table, text, integer, serial } = kit;
  return {
    agents: table("agents", {
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
      ...owner(kit),
    }),
    agentEvents: table("agent_events", {
      id: serial("id"),
      cid: text("cid").notNull(),
      clusterName: text("cluster_name").notNull(),
      inc: integer("inc").notNull(),
      seq: integer("seq").notNull(),
      at: integer("at").notNull(),
      kind: text("kind").notNull(),
      bodyJson: text("body_json").notNull(),
      ...owner(kit),
    }),
    snapshots: table("snapshots", {
      key: text("key").primaryKey(),
      cid: text("cid").notNull(),
      valueJson: text("value_json").notNull(),
      eventId: integer("event_id").notNull(),
      ...owner(kit),
    }),
    hubFacts: table("hub_facts", {
      name: text("name").primaryKey(),
      valueJson: text("value_json").notNull(),
    }),
    monitors: table("monitors", {
      id: text("id").primaryKey(),
      name: text("name").notNull(),
      createdAt: integer("created_at").notNull(),
      expireAt: integer("expire_at").notNull(),
      revokedAt: integer("revoked_at"),
      ...owner(kit),
    }),
  };
}
