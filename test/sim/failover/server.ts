// One server of the simulation: its engine and its loops, every call of which may be its last.
import type { MemoryStores } from "../../twins/memory-stores.ts";
import { reapMachines } from "#controller/loops/reap.ts";
import { refreshCluster } from "#controller/operations/refresh-cluster.ts";
import type { World } from "#controller/operations/operation.ts";
import type { Random } from "#shared/clock.ts";
import type { TwinAgents } from "../../twins/twin-agents.ts";
import type { TwinCloud } from "../../twins/twin-provider.ts";
import { twinWorld } from "../../twins/twin-world.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface Fault {
  /** Of the server's calls outside, counted from its start. */
  readonly atStep: number;
  /** The deed of that call is not done; false: it is, and its answer is not heard. */
  readonly before: boolean;
  /** null: it dies. Otherwise it stands still so long, and goes on as if nothing had been. */
  readonly frozenMs: number | null;
}

export interface ServerNeeds {
  readonly stores: MemoryStores;
  readonly cloud: TwinCloud;
  readonly moreClouds: readonly TwinCloud[];
  readonly heads: TwinAgents;
  readonly time: VirtualTime;
  readonly random: Random;
  /** null: no more faults. */
  fault(): Fault | null;
  onDeath(): void;
  onFreeze(): void;
}

export interface Server {
  readonly world: World;
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

/** Other servers' requests are looked for so often. */
const POLL_MS = 10_000;
const LOOPS_MS = 20_000;

export function startServer(needs: ServerNeeds): Server {
  const { time } = needs;
  const end = new AbortController();
  const never = new Promise<never>(() => undefined);
  const life = { isDead: false, steps: 0, frozen: Promise.resolve() };
  let fault = needs.fault();

  /** Resolves when the server may go on; never when it is dead. */
  async function step(isBefore: boolean): Promise<void> {
    if (fault !== null && life.steps >= fault.atStep && fault.before === isBefore) strike(fault);
    await life.frozen;
    if (life.isDead) await never;
  }

  function strike({ frozenMs }: Fault): void {
    fault = null;
    if (frozenMs === null) {
      life.isDead = true;
      end.abort();
      needs.onDeath();
      return;
    }
    needs.onFreeze();
    life.frozen = new Promise((resolve) => time.after(frozenMs, resolve));
    fault = needs.fault();
    if (fault !== null) fault = { ...fault, atStep: life.steps + fault.atStep };
  }

  const guard = <T extends object>(_name: string, port: T): T =>
    new Proxy(port, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value !== "function") return value;
        return async (...asked: unknown[]) => {
          await step(true);
          life.steps += 1;
          const result: unknown = await value.apply(target, asked);
          await step(false);
          return result;
        };
      },
    });

  const clock = {
    ...time,
    sleep: async (ms: number, signal?: AbortSignal) => {
      await time.sleep(ms, signal);
      await life.frozen;
      if (life.isDead) await never;
    },
  };
  const twin = twinWorld({
    stores: needs.stores,
    cloud: needs.cloud,
    moreClouds: needs.moreClouds,
    heads: needs.heads,
    clock,
    pulse: clock,
    pollMs: POLL_MS,
    random: needs.random,
    wrap: guard,
  });

  async function loops(): Promise<void> {
    while (!end.signal.aborted) {
      await clock.sleep(LOOPS_MS, end.signal);
      // A tick that fails is no end of the loop.
      await tickLoops({ world: twin.world, signal: end.signal }).catch(() => undefined);
    }
  }
  void twin.worker.resume();
  void loops().catch(() => undefined);
  return {
    world: twin.world,
    signal: end.signal,
    async stop() {
      fault = null;
      end.abort();
      if (!life.isDead) await twin.worker.stop();
    },
  };
}

/** What the loops of a server do: the reaper, and a look at every cluster. */
export async function tickLoops({ world, signal }: Pick<Server, "world" | "signal">): Promise<void> {
  await reapMachines({ world, tell: () => undefined }, signal);
  for (const cluster of await world.clusters.list()) {
    // A cloud that cannot be asked is no news.
    await refreshCluster(world, cluster, { signal }).catch(() => null);
  }
}
