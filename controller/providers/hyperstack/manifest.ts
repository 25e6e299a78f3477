// Hyperstack: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "hyperstack",
  title: "Hyperstack",
  access: {
    files: [],
    variables: [["HYPERSTACK_API_KEY"]],
    setUp: ["make a key in Hyperstack's console, and export HYPERSTACK_API_KEY=<key> before the server starts"],
  },
  sale: {
    unsupported: [
      "spot_instance",
      "custom_disk_tier",
      "custom_network_tier",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
