// What is particular to each cloud when offers are chosen: defaults, families, missing features, egress prices.
import type { CloudRules } from "../query.ts";
import { cloudSales } from "../sale.gen.ts";
import { egressPrice } from "../egress.ts";

const BLANK: Omit<CloudRules, "cloud" | "display"> = {
  hasZones: false,
  zonalOnDemand: false,
  defaultCpus: null,
  cpusAlways: false,
  defaultMemory: null,
  families: null,
  attach: null,
  unsupported: [],
  diskTiers: [],
  diskTierTypes: {},
  fastNetworkDevices: [],
  regionsFirst: null,
  egressUsd: egressPrice(undefined),
  cutToFit: false,
  isSuggested: true,
  onlyWhenNamed: false,
};

/** Rules by cloud. */
export const cloudRules: ReadonlyMap<string, CloudRules> = new Map(
  Object.entries(cloudSales).map(([cloud, { egress, ...sale }]) => [
    cloud,
    { ...BLANK, ...sale, cloud, egressUsd: egressPrice(egress) },
  ]),
);

/** Rules of any cloud, also of one that is not known here: no defaults, nothing missing, no zones. */
export function rulesOf(cloud: string): CloudRules {
  return cloudRules.get(cloud) ?? { ...BLANK, cloud, display: cloud };
}
