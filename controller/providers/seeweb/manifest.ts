// Seeweb: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "seeweb",
  title: "Seeweb",
  rank: 21,
  nameMax: 120,
  access: {
    files: [".seeweb_cloud/seeweb_keys"],
    variables: [],
    setUp: [
      "make a key in Seeweb's cloud center",
      "install -m 600 -D /dev/stdin ~/.seeweb_cloud/seeweb_keys <<< '[DEFAULT]\napi_key = <key>'",
    ],
  },
  sale: {
    unsupported: [
      "multi_node",
      "custom_disk_tier",
      "storage_mounting",
      "high_availability_controllers",
      "spot_instance",
      "clone_disk_from_cluster",
      "image_id",
      "custom_network_tier",
      "host_controllers",
      "custom_multi_network",
      "local_disk",
    ],
    regionsFirst: /^it-fr2$/,
    isSuggested: false,
  },
} as const satisfies Manifest;
