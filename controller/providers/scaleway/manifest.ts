// Scaleway: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "scaleway",
  title: "Scaleway",
  access: {
    files: [".config/scw/config.yaml"],
    variables: [["SCW_ACCESS_KEY", "SCW_SECRET_KEY"]],
    setUp: ["scw init               # asks for the key and the project"],
  },
  sale: {
    hasZones: true,
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
