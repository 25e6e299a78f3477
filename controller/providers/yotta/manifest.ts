// Yotta: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "yotta",
  title: "Yotta",
  rank: 23,
  nameMax: 255,
  access: {
    files: [".yotta/credentials"],
    variables: [],
    setUp: [
      "make a key in Yotta's console",
      "install -m 600 -D /dev/stdin ~/.yotta/credentials <<< 'orgId=<id>\napikey=<key>'",
    ],
  },
  sale: {
    unsupported: [
      "stop",
      "multi_node",
      "clone_disk_from_cluster",
      "spot_instance",
      "custom_disk_tier",
      "custom_network_tier",
      "storage_mounting",
      "host_controllers",
      "high_availability_controllers",
      "auto_terminate",
      "autostop",
      "autodown",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
