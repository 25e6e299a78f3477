// Tables of clusters, their events, cost intervals and attempts, for queries. The migration makes them.
import type { AttemptState } from "#shared/lifecycle/attempt.ts";
import type { ClusterState } from "#shared/lifecycle/cluster.ts";
import type { ClusterEventType } from "#controller/ports/clusters.ts";
import { owner, type TableKit } from "./kit.ts";

export function clusterTables(kit: TableKit) {
  const { table, text, integer, real, flag, serial } = kit;
  return {
    clusters: table("clusters", {
      cid: text("cid").primaryKey(),
      name: text("name").notNull(),
      state: text("state").$type<ClusterState>().notNull(),
      userHash: text("user_hash").notNull(),
      userName: text("user_name").notNull(),
      workspace: text("workspace").notNull(),
      nodeCount: integer("node_count").notNull(),
      placementJson: text("placement_json"),
      resourcesJson: text("resources_json").notNull(),
      instancesJson: text("instances_json").notNull(),
      autostopJson: text("autostop_json"),
      everUp: flag("ever_up").notNull(),
      madeBy: text("made_by").notNull(),
      launchedAt: integer("launched_at").notNull(),
      statusUpdatedAt: integer("status_updated_at").notNull(),
      lastUse: text("last_use").notNull(),
      lastCreationYaml: text("last_creation_yaml"),
      lastCreationCommand: text("last_creation_command"),
      configHash: text("config_hash"),
      headPathsJson: text("head_paths_json"),
      removedAt: integer("removed_at"),
    }),
    clusterEvents: table("cluster_events", {
      id: serial("id"),
      cid: text("cid").notNull(),
      clusterName: text("cluster_name").notNull(),
      at: integer("at").notNull(),
      type: text("type").$type<ClusterEventType>().notNull(),
      fromState: text("from_state").$type<ClusterState>(),
      toState: text("to_state").$type<ClusterState>(),
      reason: text("reason").notNull(),
      requestId: text("request_id"),
      ...owner(kit),
    }),
    costIntervals: table("cost_intervals", {
      id: serial("id"),
      cid: text("cid").notNull(),
      startedAt: integer("started_at").notNull(),
      endedAt: integer("ended_at"),
      priceUsdPerHour: real("price_usd_per_hour").notNull(),
      nodeCount: integer("node_count").notNull(),
      ...owner(kit),
    }),
    attempts: table("attempts", {
      id: text("id").primaryKey(),
      cid: text("cid").notNull(),
      requestId: text("request_id").notNull(),
      round: integer("round").notNull(),
      placementJson: text("placement_json").notNull(),
      state: text("state").$type<AttemptState>().notNull(),
      startedAt: integer("started_at").notNull(),
      endedAt: integer("ended_at"),
      failureJson: text("failure_json"),
      removalJson: text("removal_json"),
      ...owner(kit),
    }),
  };
}
