// The twin cloud keeps the contract itself: what is proved against it is proved against a cloud.
import { failure } from "#controller/providers/kit/answer.ts";
import { twinCloud } from "../twins/twin-provider.ts";
import { providerSuite } from "./provider-suite.ts";

providerSuite("twins/twin-provider keeps the contract", { id: "alpha", features: ["power"] }, async () => {
  const twin = twinCloud("alpha");
  const refusal = (kind: "capacity" | "quota", reach: "zone" | { regions: string[] }) =>
    failure({ kind, reach, message: `no more here (${kind})`, hint: "try another place" });
  const planted = (what: string, into: "refusals" | "lies", refused: ReturnType<typeof refusal>) => ({
    what,
    kind: refused.kind,
    reach: refused.reach,
    plant: async () => {
      twin[into].push(refused);
      return async () => void (twin[into].length = 0);
    },
  });
  return {
    provider: twin.provider,
    other: twin.provider,
    placement: {
      cloud: "alpha",
      region: "here",
      zone: null,
      instanceType: "machine",
      useSpot: false,
      cpus: 8,
      memoryGib: 32,
      accelerator: null,
      virtual: false,
      priceUsdPerHour: 2,
    },
    failures: [
      planted("refused before anything is made", "refusals", refusal("capacity", "zone")),
      planted("refused for some regions", "refusals", refusal("quota", { regions: ["here", "there"] })),
      planted("refused after the machines are made", "lies", refusal("capacity", "zone")),
    ],
    run: async () => undefined,
    breakNode: async ({ cid, nid }) => {
      const own = twin.machines.get(cid) ?? [];
      twin.machines.set(
        cid,
        own.map((each) => (each.nid === nid ? { ...each, state: "dead" } : each)),
      );
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});
