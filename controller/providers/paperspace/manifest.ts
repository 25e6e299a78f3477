// Paperspace: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "paperspace",
  title: "Paperspace",
  rank: 14,
  nameMax: 120,
  access: {
    files: [".paperspace/config.json"],
    variables: [],
    setUp: [
      "make a key in Paperspace's console",
      'install -m 600 -D /dev/stdin ~/.paperspace/config.json <<< \'{"apiKey": "<key>"}\'',
    ],
  },
  sale: {
    unsupported: [
      "clone_disk_from_cluster",
      "spot_instance",
      "image_id",
      "custom_disk_tier",
      "custom_network_tier",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
