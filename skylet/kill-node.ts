// `skylet kill`: kills whatever the jobs of a node left running, and the cluster's bus. For whoever stops or removes a
// node whose agent is gone.
import { join, resolve } from "node:path";
import { realClock } from "#shared/clock.ts";
import { openNodeCgroup } from "./node/cgroup.ts";
import { MARK } from "./node/environment.ts";
import { killUntilDead } from "./node/kill.ts";
import { reaperPath } from "./node/place-reaper.ts";
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
