// All tables of the controller, for queries. The migrations make them.
import { agentTables } from "./agents.ts";
import { clusterTables } from "./cluster.ts";
import { sqliteKit, type TableKit } from "./kit.ts";
import { requestTables } from "./request.ts";

export function makeTables(kit: TableKit) {
  return { ...requestTables(kit), ...clusterTables(kit), ...agentTables(kit) };
}

export type Tables = ReturnType<typeof makeTables>;

export const sqliteTables: Tables = makeTables(sqliteKit);
