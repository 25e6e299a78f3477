// Waits until a cluster's head answers and has its nodes, or was refused.
import { nodeState } from "#shared/lifecycle/node.ts";
import type { Agents } from "#controller/ports/agents.ts";
import { isStixError, StixError } from "#shared/errors/stix-error.ts";
import type { Presence } from "./presence.ts";

export interface WaitNeeds {
  readonly presence: Presence;
  readonly calls: Pick<Agents, "call">;
}

export interface WantedHead {
  readonly cid: string;
  readonly nodeCount: number;
  readonly onNodes: (up: number) => void;
}

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;
const ANSWER_MS = 1_000;

/** The head must answer now: a registration alone may be an earlier life's. Rejects with the signal's reason, or setup-failed when we refused it. */
export async function waitForHead(
  { presence, calls }: WaitNeeds,
  wanted: WantedHead,
  signal: AbortSignal,
): Promise<void> {
  const { cid, nodeCount, onNodes } = wanted;
  const before = presence.find(cid)?.refusal;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    const refusal = presence.find(cid)?.refusal ?? null;
    if (refusal !== null && refusal !== before) {
      throw new StixError({
        code: "setup-failed",
        message: `the agent of the cluster was refused: ${refusal.message}`,
        hint: "take the cluster down and launch it again",
        details: { cid, refusal: refusal.error },
      });
    }
    try {
      const { nodes } = await calls.call(cid, "state", {}, { timeoutMs: ANSWER_MS, signal });
      const up = nodes.filter((node) => node.state === nodeState.UP).length;
      onNodes(up);
      if (up >= nodeCount) return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isStixError(error) || error.code !== "agent-unreachable") throw error;
    }
    await presence.nextRegistration(cid, pause);
  }
}
