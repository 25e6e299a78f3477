// SSH: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "ssh",
  title: "SSH",
  rank: 18,
  sectionRank: 5,
  places: "contexts",
  regionPrefix: "ssh-",
  sections: { key: "context_configs" },
  podSizes: true,
  containersOnly: true,
  prices: "own",
  nameMax: 42,
  access: {
    files: [".sky/ssh_node_pools.yaml"],
    variables: [],
    setUp: [
      "list the machines of each pool in ~/.sky/ssh_node_pools.yaml",
      "ssh <machine> true     # must work without a question",
    ],
  },
  sale: {
    unsupported: [
      "stop",
      "autostop",
      "spot_instance",
      "custom_disk_tier",
      "custom_multi_network",
      "custom_network_tier",
      "local_disk",
    ],
    cutToFit: true,
  },
} as const satisfies Manifest;
