// What is known of a cloud wherever tasks, configs and commands are understood. Written down in its provider's manifest; gathered by
// scripts/gen into clouds.gen.ts.

/** The files and variables where a cloud's keys are looked for, and how a user comes to have them. */
export interface CloudAccess {
  /** Any one of these is enough; paths below the home folder. */
  readonly files: readonly string[];
  /** Or all variables of any one group. */
  readonly variables: readonly (readonly string[])[];
  /** What to type or do, one step a line. */
  readonly setUp: readonly string[];
}

/** Sections of a cloud's config for one region each. */
export interface RegionSections {
  readonly key: string;
  /** The section of regions that have none of their own. */
  readonly fallback?: string;
  /** Key of sections for one zone each, below that of a region. */
  readonly zones?: string;
}

export interface CloudFacts {
  readonly id: string;
  /** As printed to users. */
  readonly title: string;
  /** Position where clouds are listed: SkyPilot's order, then ours. null: task files do not name it. */
  readonly rank: number | null;
  readonly names: {
    /** Other names that task files and commands may use. */
    readonly aliases: readonly string[];
    /** Further ones that commands may use. */
    readonly commands: readonly string[];
    /** Words that people use for it and nothing takes: for advice. */
    readonly meant: readonly string[];
  };
  /** Most letters of a cluster's name on the cloud, with what is added to it; null: no limit is known. */
  readonly nameMax: number | null;
  /** `launches`: a provider stands beside the manifest. `plans`: only its prices are known. */
  readonly status: "launches" | "plans";
  /** Capability objects that its provider has; nothing is claimed that is not built. */
  readonly features: readonly CapabilityName[];
  /** null: it needs no keys. */
  readonly access: CloudAccess | null;
  /** `contexts`: what follows the cloud in `infra` is one name, slashes and all. */
  readonly places: "regions" | "contexts";
  /** Begins the names of its regions in records, not where users write them. */
  readonly regionPrefix: string;
  /** In tables the region says more than the zone. */
  readonly regionShown: boolean;
  readonly sections: RegionSections | null;
  /** Node types are sizes, `4CPU--16GB`. */
  readonly podSizes: boolean;
  /** Memory of 0 is all of it. */
  readonly zeroMemory: boolean;
  /** Every image is a container's. */
  readonly containersOnly: boolean;
  /** TPUs as machines of their own, or as slices that pods ask for. */
  readonly tpus: "machines" | "slices" | null;
  /** Schemes of its own buckets' addresses, and hosts of those that are https. */
  readonly buckets: { readonly schemes: readonly string[]; readonly hosts: readonly string[] };
  /** Kinds of volumes that task files may ask of it. */
  readonly volumeTypes: readonly string[];
  /** Where its section stands among those of the config: SkyPilot's order. null: it has none. */
  readonly sectionRank: number | null;
  /** Keys of its section that only the server's config may hold. */
  readonly serverKeys: readonly string[];
  /** Lists below its section's pod settings merge item by item. */
  readonly mergesPods: boolean;
  /** Where prices come from: the public catalog, or the provider itself. */
  readonly prices: "catalog" | "own";
}

/** Names of the capability objects of the provider contract. */
export const capabilityNames = [
  "power",
  "ports",
  "volumes",
  "network",
  "images",
  "spot",
  "quota",
  "reservations",
] as const;
export type CapabilityName = (typeof capabilityNames)[number];
