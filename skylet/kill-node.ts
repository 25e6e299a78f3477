// `skylet kill`: kills whatever the jobs of a node left running, and the cluster's bus. For whoever stops or removes a
// node whose agent is gone.
import { join, resolve } from "node:path";
import { realClock } from "#shared/clock.ts";
import { openNodeCgroup } from "./jobs/cgroup.ts";
import { MARK } from "./jobs/environment.ts";
import { killUntilDead } from "./jobs/kill.ts";
import { reaperPath } from "./jobs/place-reaper.ts";
import { readConfig } from "./config.ts";

export async function killNode(dir: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { node } = readConfig(resolve(dir), env);
  const cgroup = openNodeCgroup(`${node.cid}-${node.nid}`);
  await killUntilDead({
    mark: `${MARK}=${node.cid}/${node.nid}/`,
    reaper: reaperPath(join(resolve(dir), "shell")),
    strays: () => [],
    cgroupPids: () => cgroup?.pids(null, 0) ?? [],
    killCgroup: () => undefined,
    graceMs: 0,
    clock: realClock(),
  });
  cgroup?.tryRemoveAll();
}
