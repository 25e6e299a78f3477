// SCP: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "scp",
  title: "SCP",
  rank: 6,
  nameMax: 28,
  access: {
    files: [".scp/scp_credential"],
    variables: [],
    setUp: [
      "make a key in Samsung Cloud Platform's console",
      "install -m 600 -D /dev/stdin ~/.scp/scp_credential <<< 'access_key = <key>\nsecret_key = <key>\nproject_id = <id>'",
    ],
  },
  sale: {
    defaultCpus: { value: 8, atLeast: false },
    defaultMemory: { value: 2, atLeast: true, perCpu: true },
    unsupported: [
      "clone_disk_from_cluster",
      "image_id",
      "docker_image",
      "spot_instance",
      "custom_disk_tier",
      "custom_network_tier",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
    regionsFirst: /SCP/,
  },
} as const satisfies Manifest;
