// Vast: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "vast",
  title: "Vast",
  rank: 10,
  sectionRank: 8,
  nameMax: 120,
  access: {
    files: [".config/vastai/vast_api_key"],
    variables: [],
    setUp: [
      "make a key at vast.ai, under account",
      "install -m 600 -D /dev/stdin ~/.config/vastai/vast_api_key <<< '<key>'",
    ],
  },
  sale: {
    unsupported: [
      "multi_node",
      "custom_disk_tier",
      "custom_network_tier",
      "storage_mounting",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
