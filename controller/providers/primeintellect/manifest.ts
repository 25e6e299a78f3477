// PrimeIntellect: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "primeintellect",
  title: "PrimeIntellect",
  rank: 15,
  nameMax: 120,
  access: {
    files: [".prime/config.json"],
    variables: [],
    setUp: ["prime login            # writes ~/.prime/config.json"],
  },
  sale: {
    hasZones: true,
    unsupported: [
      "autostop",
      "autodown",
      "stop",
      "multi_node",
      "custom_disk_tier",
      "custom_network_tier",
      "custom_multi_network",
      "image_id",
      "docker_image",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
