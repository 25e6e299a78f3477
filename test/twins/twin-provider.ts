// A cloud in memory that keeps the provider's promises and counts what it made.
import { answer } from "#controller/providers/kit/answer.ts";
import type {
  Instance,
  InstanceState,
  Provider,
  ProviderAnswer,
  ProviderFailure,
} from "#controller/providers/contract/provider.ts";

export interface TwinCloud {
  readonly provider: Provider;
  /** Machines by cluster id. */
  readonly machines: Map<string, Instance[]>;
  /** How many sets of machines were ever made for a cluster id. */
  readonly made: Map<string, number>;
  /** Nodes whose agent was started, as "<cid>/<nid>". */
  readonly agents: Set<string>;
  /** Taken from the front by `create`; empty: it succeeds. */
  readonly refusals: ProviderFailure[];
  /** Taken from the front by a `create` that has made its machines: what it answers all the same. */
  readonly lies: ProviderFailure[];
  readonly files: { readonly nid: string; readonly source: string; readonly destination: string }[];
}

const done: ProviderAnswer<void> = { ok: true, value: undefined };

export interface TwinCloudOptions {
  readonly priceUsdPerHour?: number;
  /** Of several clouds in one world: nodes whose agent was started, on any of them. */
  readonly agents?: Set<string>;
}

export function twinCloud(cloud = "local", options: TwinCloudOptions = {}): TwinCloud {
  const machines = new Map<string, Instance[]>();
  const made = new Map<string, number>();
  const agents = options.agents ?? new Set<string>();
  const refusals: ProviderFailure[] = [];
  const lies: ProviderFailure[] = [];
  const files: TwinCloud["files"] = [];
  const agentFiles = new Map<string, string>();

  function turn(cid: string, state: InstanceState): void {
    machines.set(
      cid,
      (machines.get(cid) ?? []).map((each) => ({ ...each, state })),
    );
    if (state !== "running") for (const key of [...agents]) if (key.startsWith(`${cid}/`)) agents.delete(key);
  }

  const provider: Provider = {
    cloud,
    check: async () => ({ ok: true, value: { account: "tester" } }),
    describe: async () => ({
      ok: true,
      value: [
        {
          cloud,
          region: "here",
          zone: null,
          instanceType: "machine",
          cpus: 8,
          memoryGib: 32,
          accelerator: { name: "V100", count: 4 },
          virtual: true,
          priceUsdPerHour: options.priceUsdPerHour ?? 2,
        },
      ],
    }),
    async create({ cid, nodeCount }) {
      const refusal = refusals.shift();
      if (refusal !== undefined) return refusal;
      if (!machines.has(cid)) {
        made.set(cid, (made.get(cid) ?? 0) + 1);
        machines.set(
          cid,
          Array.from({ length: nodeCount }, (_, index) => ({
            cid,
            nid: `n${index}`,
            instanceId: `${cid}-${index}`,
            state: "running",
            internalIp: `127.0.1.${index + 1}`,
            externalIp: null,
            autostopped: null,
          })),
        );
      }
      return lies.shift() ?? { ok: true, value: machines.get(cid) ?? [] };
    },
    list: async (cid) => ({
      ok: true,
      value: cid === null ? [...machines.values()].flat() : (machines.get(cid) ?? []),
    }),
    async remove(cid) {
      turn(cid, "dead");
      machines.delete(cid);
      return done;
    },
    power: {
      async stop(cid) {
        turn(cid, "stopped");
        return done;
      },
      async start(cid) {
        turn(cid, "running");
        return done;
      },
    },
    access: {
      paths: () => ({ agent: "/agent", home: "/home" }),
      async writeAgentFile({ cid, nid }, name, content) {
        agentFiles.set(`${cid}/${nid}/${name}`, content);
        return done;
      },
      readAgentFile: async ({ cid, nid }, name) => agentFiles.get(`${cid}/${nid}/${name}`) ?? null,
      complaint: async () => null,
      async startAgent(instance) {
        agents.add(`${instance.cid}/${instance.nid}`);
        return done;
      },
      restartAgent: async () => done,
      async placeFiles(instance, placed) {
        for (const { source, destination } of placed) files.push({ nid: instance.nid, source, destination });
        return answer({ dangling: [] });
      },
    },
  };
  return { provider, machines, made, agents, refusals, lies, files };
}
