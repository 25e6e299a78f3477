// IBM: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "ibm",
  title: "IBM",
  rank: 4,
  buckets: { schemes: ["cos"], hosts: [] },
  nameMax: 47,
  access: {
    files: [".ibm/credentials.yaml"],
    variables: [],
    setUp: ["write iam_api_key, resource_group_id and region into ~/.ibm/credentials.yaml"],
  },
  sale: {
    hasZones: true,
    defaultCpus: { value: 8, atLeast: true },
    defaultMemory: { value: 32, atLeast: true, perCpu: false },
    families: /^bx2/,
    unsupported: [
      "clone_disk_from_cluster",
      "docker_image",
      "custom_disk_tier",
      "open_ports",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
    egress: { form: "line", from: 150, usd: 0.05, plus: [7.000000000000001, 4.5] },
  },
} as const satisfies Manifest;
