// Azure: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "azure",
  title: "Azure",
  rank: 2,
  sectionRank: 3,
  names: { aliases: [], commands: [], meant: ["microsoft"] },
  buckets: { schemes: [], hosts: [".blob.core.windows.net"] },
  nameMax: 42,
  access: {
    files: [".azure/msal_token_cache.json"],
    variables: [["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"]],
    setUp: ["az login", "az account set --subscription <subscription id>"],
  },
  sale: {
    defaultCpus: { value: 8, atLeast: true },
    defaultMemory: { value: 4, atLeast: true, perCpu: true },
    families: /^Standard_(D\d+s_v5|E\d+s_v5|F\d+s_v2)$/,
    unsupported: [
      "clone_disk_from_cluster",
      "high_availability_controllers",
      "custom_network_tier",
      "custom_multi_network",
      "local_disk",
    ],
    diskTiers: ["low", "medium", "high"],
    diskTierTypes: {
      medium: /^(?:Standard|Basic)_(?:[A-Z]*S\d|[A-Z]+\d+(?:-\d+)?[a-z]*s)/,
      high: /^(?:Standard|Basic)_(?:[A-Z]*S\d|[A-Z]+\d+(?:-\d+)?[a-z]*s)/,
    },
    egress: { form: "tiered", usd: [0.05, 0.07, 0.083, 0.0875] },
  },
} as const satisfies Manifest;
