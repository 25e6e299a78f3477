// Starts nodes anew that run and do not answer, while their cluster is brought up again: a frozen machine does not come back alone.
import { nodeState } from "#shared/lifecycle/node.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { nodeName } from "#shared/node-name.ts";
import type { OperationContext } from "./operation.ts";
import { askNodes } from "./reach-head.ts";

const LOOK_MS = 500;
/** A head that was just started answers within seconds; one that does not after this is stuck. */
const STUCK_HEAD_MS = 15_000;
/** A head calls a node lost until it has registered again: one that was just started does so within seconds. */
const STUCK_WORKER_MS = 10_000;

/** Never resolves; rejects with the signal's reason. Each node is started anew once. */
export async function reviveNodes(
  context: Pick<OperationContext, "world" | "log">,
  cluster: ClusterRecord,
  signal: AbortSignal,
): Promise<never> {
  const { world } = context;
  const revived = new Set<string>();
  const revive = async (nid: string) => {
    const instance = cluster.instances.find((each) => each.nid === nid);
    if (instance === undefined || revived.has(nid)) return;
    revived.add(nid);
    context.log.line(`${nodeName(nid)} does not answer; starting it anew.`);
    const answer = await world.shell.restartAgent(instance);
    // A machine that only boots cannot be reached yet; whoever waits for it says when that takes too long.
    if (!answer.ok) context.log.line(`${nodeName(nid)} could not be started anew: ${answer.message}.`);
  };
  const begunAt = world.clock.monotonic();
  let heardAt = begunAt;
  for (;;) {
    await world.clock.sleep(LOOK_MS, signal);
    const nodes = await askNodes({ world, signal }, cluster.cid);
    if (nodes !== null) heardAt = world.clock.monotonic();
    const now = world.clock.monotonic();
    if (now - begunAt > STUCK_WORKER_MS)
      for (const { nid, state } of nodes ?? []) if (state === nodeState.LOST) await revive(nid);
    if (now - heardAt > STUCK_HEAD_MS) await revive("n0");
  }
}
