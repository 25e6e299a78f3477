// Shadeform: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "shadeform",
  title: "Shadeform",
  rank: 22,
  nameMax: 120,
  access: {
    files: [".shadeform/api_key"],
    variables: [],
    setUp: ["make a key in Shadeform's console", "install -m 600 -D /dev/stdin ~/.shadeform/api_key <<< '<key>'"],
  },
  sale: {
    unsupported: [
      "stop",
      "multi_node",
      "spot_instance",
      "custom_disk_tier",
      "custom_network_tier",
      "storage_mounting",
      "host_controllers",
      "high_availability_controllers",
      "clone_disk_from_cluster",
      "image_id",
      "docker_image",
      "custom_multi_network",
      "local_disk",
    ],
    isSuggested: false,
  },
} as const satisfies Manifest;
