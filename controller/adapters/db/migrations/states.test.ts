// What a column of states may hold is what its table says: a state that is added to the table needs a migration.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attemptLife } from "#shared/lifecycle/attempt.ts";
import { clusterLife } from "#shared/lifecycle/cluster.ts";
import { sqlCheck } from "#shared/lifecycle/moves.ts";
import { requestLife } from "#shared/lifecycle/request.ts";
import { openDatabase } from "../sqlite/database.ts";

test("the checks of the database are those of the move tables", () => {
  const folder = mkdtempSync(join(tmpdir(), "stix-states-"));
  const database = openDatabase(join(folder, "state.db"));
  try {
    for (const [table, life] of [
      ["clusters", clusterLife],
      ["requests", requestLife],
      ["attempts", attemptLife],
    ] as const) {
      const made = database.sqlite
        .query<{ sql: string }, [string]>("SELECT sql FROM sqlite_master WHERE name = ?")
        .get(table);
      expect(made?.sql).toContain(`state TEXT NOT NULL CHECK (${sqlCheck(life, "state")})`);
    }
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
});
