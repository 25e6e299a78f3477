// RunPod: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "runpod",
  title: "RunPod",
  rank: 9,
  volumeTypes: ["runpod-network-volume"],
  nameMax: 120,
  access: {
    files: [".runpod/config.toml"],
    variables: [["RUNPOD_API_KEY"]],
    setUp: ["make a key in RunPod's console, under settings", "runpod config          # asks for it"],
  },
  sale: {
    hasZones: true,
    unsupported: [
      "stop",
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
