// Nebius: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "nebius",
  title: "Nebius",
  rank: 17,
  sectionRank: 9,
  sections: { key: "region_configs" },
  buckets: { schemes: ["nebius"], hosts: [] },
  nameMax: 50,
  access: {
    files: [".nebius/NEBIUS_IAM_TOKEN.txt", ".nebius/credentials.json"],
    variables: [],
    setUp: [
      "nebius iam get-access-token > ~/.nebius/NEBIUS_IAM_TOKEN.txt",
      "write the tenant's id into ~/.nebius/NEBIUS_TENANT_ID.txt",
    ],
  },
  sale: {
    unsupported: [
      "clone_disk_from_cluster",
      "custom_network_tier",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
    diskTiers: ["low", "medium", "high"],
    fastNetworkDevices: ["H100:8", "H200:8", "B200:8", "B300:8"],
  },
} as const satisfies Manifest;
