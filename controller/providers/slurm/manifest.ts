// Slurm: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "slurm",
  title: "Slurm",
  rank: 19,
  serverKeys: ["cluster_configs", "submit_as_user", "username_map"],
  sectionRank: 6,
  regionShown: true,
  sections: { key: "cluster_configs", zones: "partition_configs" },
  podSizes: true,
  zeroMemory: true,
  prices: "own",
  nameMax: 120,
  access: {
    files: [".slurm/config"],
    variables: [],
    setUp: [
      "describe the login node in ~/.slurm/config as in ~/.ssh/config: Host, HostName, User, IdentityFile",
      "ssh -F ~/.slurm/config <host> sinfo    # says whether it works",
    ],
  },
  sale: {
    hasZones: true,
    unsupported: ["spot_instance", "custom_multi_network", "open_ports", "host_controllers", "local_disk"],
    cutToFit: true,
  },
} as const satisfies Manifest;
