// What a cloud's folder says of itself. Data only: scripts/gen reads it and writes what others need of it.
import type { CloudSale } from "#catalog/sale.ts";
import type { CloudFacts } from "#shared/cloud-facts.ts";

export interface Manifest extends CloudFacts {
  /** How its machines are sold: defaults, families, what is missing, disks, egress. */
  readonly sale: CloudSale;
}

/** For a cloud about which nothing particular is known: regions, machines by type, prices in the catalog. */
export const plainManifest = {
  rank: null,
  names: { aliases: [], commands: [], meant: [] },
  nameMax: null,
  status: "plans",
  features: [],
  access: null,
  places: "regions",
  regionPrefix: "",
  regionShown: false,
  sections: null,
  podSizes: false,
  zeroMemory: false,
  containersOnly: false,
  tpus: null,
  buckets: { schemes: [], hosts: [] },
  volumeTypes: [],
  sectionRank: null,
  serverKeys: [],
  mergesPods: false,
  prices: "catalog",
  sale: {},
} as const satisfies Omit<Manifest, "id" | "title">;
