// Cudo: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "cudo",
  title: "Cudo",
  rank: 12,
  nameMax: 60,
  access: {
    files: [".config/cudo/cudo.yml"],
    variables: [],
    setUp: ["cudoctl init           # asks for the key and the project"],
  },
  sale: {
    defaultCpus: { value: 8, atLeast: true },
    defaultMemory: { value: 2, atLeast: true, perCpu: true },
    unsupported: [
      "stop",
      "spot_instance",
      "custom_disk_tier",
      "custom_network_tier",
      "image_id",
      "docker_image",
      "host_controllers",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
