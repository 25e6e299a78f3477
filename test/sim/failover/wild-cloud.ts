// A cloud in memory as bad as clouds are: it refuses, makes half, makes all and says that it could not, makes late, lists late, and
// does not remove for a while. It keeps its machines by the attempt that asked for them.
import { noCapabilities } from "#controller/providers/contract/capabilities.ts";
import type { FailureKind, FailureReach, ProviderFailure } from "#controller/providers/contract/failure.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { CreateRequest, Provider } from "#controller/providers/contract/provider.ts";
import { answer, done, failure } from "#controller/providers/kit/answer.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Likelihoods of one seed's faults. */
export interface Weather {
  readonly refuse: number;
  readonly partial: number;
  readonly lie: number;
  /** The answer is a failure, and the machines appear this much later at most. */
  readonly late: number;
  readonly lateMs: number;
  readonly listFails: number;
  readonly listLagMs: number;
  readonly removeFails: number;
  /** From then on removal fails always, until the weather is calm. */
  readonly removeBlocked: number;
}

export const calm: Weather = {
  refuse: 0,
  partial: 0,
  lie: 0,
  late: 0,
  lateMs: 0,
  listFails: 0,
  listLagMs: 0,
  removeFails: 0,
  removeBlocked: 0,
};

export interface WildMachine extends Instance {
  readonly attempt: string;
  readonly bornAt: number;
}

export interface WildCloud {
  readonly provider: Provider;
  /** By attempt. */
  readonly machines: Map<string, readonly WildMachine[]>;
  weather: Weather;
  /** Sets of machines that appeared after a failure was answered. */
  lateCount: number;
}

export interface WildNeeds {
  readonly cloud: string;
  readonly priceUsdPerHour: number;
  readonly time: VirtualTime;
  readonly chance: () => number;
  readonly onGone: (machine: Instance) => void;
  /** Called before anything is made: what must be true then. */
  readonly onCreate: (request: CreateRequest) => Promise<void>;
}

const REFUSALS: readonly (readonly [FailureKind, FailureReach])[] = [
  ["capacity", "offer"],
  ["capacity", "zone"],
  ["capacity", "region"],
  ["quota", "account"],
  ["quota", { regions: ["here"] }],
  ["rate-limited", "cloud"],
  ["transient", "cloud"],
  ["auth", "account"],
];

export function wildCloud({ cloud, priceUsdPerHour, time, chance, onGone, onCreate }: WildNeeds): WildCloud {
  const machines = new Map<string, readonly WildMachine[]>();
  const pick = <T>(values: readonly [T, ...T[]] | readonly T[], otherwise: T): T =>
    values[Math.floor(chance() * values.length)] ?? otherwise;
  const broken = (what: string) =>
    failure({
      kind: chance() < 0.5 ? "transient" : "unknown",
      reach: chance() < 0.5 ? "cloud" : "offer",
      message: what,
      hint: "try again",
    });

  function make(request: CreateRequest, count: number): readonly WildMachine[] {
    const has = machines.get(request.attempt) ?? [];
    const more = Array.from({ length: Math.max(0, count - has.length) }, (_, index) =>
      machine(request, has.length + index, time.now()),
    );
    const all = [...has, ...more];
    if (all.length > 0) machines.set(request.attempt, all);
    return all;
  }

  /** What the cloud's front door does before any machine is made; null: it lets the request in. */
  function refusal(): ProviderFailure | null {
    if (chance() >= wild.weather.refuse) return null;
    const [kind, reach] = pick(REFUSALS, ["capacity", "offer"] as const);
    const pause = kind === "rate-limited" ? { retryAfterMs: Math.floor(chance() * 90_000) } : {};
    return { ...failure({ kind, reach, message: `no: ${kind}`, hint: "try elsewhere" }), ...pause };
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
          accelerator: null,
          virtual: false,
          priceUsdPerHour,
        },
      ]),
    async create(request, signal) {
      await onCreate(request);
      await time.sleep(Math.floor(chance() * 5_000), signal);
      const { weather } = wild;
      const no = refusal();
      if (no !== null) return no;
      if (chance() < weather.partial) {
        make(request, Math.max(1, request.nodeCount - 1));
        return broken("some were made");
      }
      if (chance() < weather.late) {
        time.after(Math.floor(chance() * weather.lateMs), () => {
          wild.lateCount += 1;
          make(request, request.nodeCount);
        });
        return broken("no answer in time");
      }
      const all = make(request, request.nodeCount);
      return chance() < weather.lie ? broken("the connection broke") : answer(all);
    },
    async list({ cid }) {
      if (chance() < wild.weather.listFails) return broken("cannot list");
      const seen = [...machines.values()]
        .flat()
        .filter((each) => (cid === null || each.cid === cid) && time.now() - each.bornAt >= wild.weather.listLagMs);
      return answer(seen);
    },
    async remove({ cid, attempt }, signal) {
      await time.sleep(Math.floor(chance() * 1_000), signal);
      if (wild.weather.removeBlocked > 0 || chance() < wild.weather.removeFails / 2) return broken("cannot remove");
      for (const [key, all] of machines) {
        if (all[0]?.cid !== cid || (attempt !== null && key !== attempt)) continue;
        machines.delete(key);
        for (const gone of all) onGone(gone);
      }
      return chance() < wild.weather.removeFails / 2 ? broken("the connection broke") : done;
    },
  };
  const wild: WildCloud = { provider, machines, weather: calm, lateCount: 0 };
  return wild;
}

function machine({ cid, attempt, place }: CreateRequest, index: number, bornAt: number): WildMachine {
  return {
    cid,
    attempt,
    region: place.region,
    zone: place.zone,
    nid: `n${index}`,
    instanceId: `${attempt}-${index}`,
    state: "running",
    internalIp: `10.0.0.${index + 1}`,
    externalIp: null,
    autostopped: null,
    reach: { kind: "folder", folder: `/wild/${cid}/n${index}` },
    bornAt,
  };
}
