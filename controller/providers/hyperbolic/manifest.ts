// Hyperbolic: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "hyperbolic",
  title: "Hyperbolic",
  rank: 20,
  nameMax: 120,
  access: {
    files: [".hyperbolic/api_key"],
    variables: [],
    setUp: [
      "make a key in Hyperbolic's console, under settings",
      "install -m 600 -D /dev/stdin ~/.hyperbolic/api_key <<< '<key>'",
    ],
  },
  sale: {
    unsupported: [
      "stop",
      "multi_node",
      "custom_disk_tier",
      "storage_mounting",
      "high_availability_controllers",
      "spot_instance",
      "clone_disk_from_cluster",
      "docker_image",
      "open_ports",
      "image_id",
      "custom_network_tier",
      "host_controllers",
      "auto_terminate",
      "autostop",
      "autodown",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
