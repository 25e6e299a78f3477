// A cloud in memory that keeps the provider's promises and counts what it made, and the shell that gets at its machines.
import type { NodeShell } from "#controller/ports/shell.ts";
import { noCapabilities } from "#controller/providers/contract/capabilities.ts";
import type { ProviderFailure } from "#controller/providers/contract/failure.ts";
import type { Instance, InstanceState } from "#controller/providers/contract/instance.ts";
import { ATTEMPT_KEY, type CreateRequest, type Provider } from "#controller/providers/contract/provider.ts";
import { answer, done, failure } from "#controller/providers/kit/answer.ts";

export interface TwinCloud {
  readonly provider: Provider;
  readonly shell: NodeShell;
  /** Machines by cluster id, of all attempts. */
  readonly machines: Map<string, Instance[]>;
  /** How many sets of machines were ever made for a cluster id. */
  readonly made: Map<string, number>;
  /** Nodes whose agent was started, as "<cid>/<nid>". */
  readonly agents: Set<string>;
  /** Taken from the front by `create` before it makes anything; empty: it succeeds. */
  readonly refusals: ProviderFailure[];
  /** Taken from the front by a `create` that has made its machines: what it answers all the same. */
  readonly lies: ProviderFailure[];
  readonly files: { readonly nid: string; readonly source: string; readonly destination: string }[];
}

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

  function turn(cid: string, state: InstanceState): void {
    machines.set(
      cid,
      (machines.get(cid) ?? []).map((each) => ({ ...each, state })),
    );
    if (state !== "running") for (const key of [...agents]) if (key.startsWith(`${cid}/`)) agents.delete(key);
  }

  function makeOnce(request: CreateRequest): readonly Instance[] {
    const { cid, attempt } = request;
    const all = machines.get(cid) ?? [];
    const own = all.filter((each) => each.attempt === attempt);
    if (own.length > 0) return own;
    made.set(cid, (made.get(cid) ?? 0) + 1);
    const fresh = freshMachines(request);
    machines.set(cid, [...all, ...fresh]);
    return fresh;
  }

  const provider: Provider = {
    ...noCapabilities,
    cloud,
    everywhere: { cloud, region: null, zone: null, workspace: "default" },
    check: async () => answer({ account: "tester" }),
    describe: async () =>
      answer([
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
      ]),
    async create(request, signal) {
      signal.throwIfAborted();
      if (!ATTEMPT_KEY.test(request.attempt)) return badKey(request.attempt);
      const refusal = refusals.shift();
      if (refusal !== undefined) return refusal;
      const own = makeOnce(request);
      return lies.shift() ?? answer(own);
    },
    async list({ cid }, signal) {
      signal.throwIfAborted();
      return answer(cid === null ? [...machines.values()].flat() : (machines.get(cid) ?? []));
    },
    async remove({ cid, attempt }, signal) {
      signal.throwIfAborted();
      const stay = (machines.get(cid) ?? []).filter((each) => attempt !== null && each.attempt !== attempt);
      if (stay.length === 0) turn(cid, "dead");
      if (stay.length === 0) machines.delete(cid);
      else machines.set(cid, stay);
      return done;
    },
    power: {
      async stop({ cid }) {
        turn(cid, "stopped");
        return done;
      },
      async start({ cid }) {
        turn(cid, "running");
        return done;
      },
    },
  };
  return { provider, shell: twinShell(agents, files), machines, made, agents, refusals, lies, files };
}

function freshMachines({ cid, attempt, nodeCount, place }: CreateRequest): Instance[] {
  return Array.from({ length: nodeCount }, (_, index) => ({
    cid,
    attempt,
    region: place.region,
    zone: place.zone,
    nid: `n${index}`,
    instanceId: `${cid}-${attempt}-${index}`,
    state: "running",
    internalIp: `127.0.1.${index + 1}`,
    externalIp: null,
    autostopped: null,
    reach: { kind: "folder", folder: `/twin/${cid}/n${index}` },
  }));
}

function badKey(attempt: string): ProviderFailure {
  return failure({ kind: "invalid", reach: "offer", message: `no tag can be '${attempt}'`, hint: "use ATTEMPT_KEY" });
}

function twinShell(agents: Set<string>, files: TwinCloud["files"]): NodeShell {
  const agentFiles = new Map<string, string>();
  return {
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
  };
}
