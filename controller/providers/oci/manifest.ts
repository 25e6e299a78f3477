// OCI: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "oci",
  title: "OCI",
  rank: 7,
  sectionRank: 7,
  sections: { key: "region_configs", fallback: "default" },
  buckets: { schemes: ["oci"], hosts: [] },
  nameMax: 200,
  access: {
    files: [".oci/config"],
    variables: [],
    setUp: ["oci setup config       # asks for user, tenancy and region, and makes the key"],
  },
  sale: {
    hasZones: true,
    defaultCpus: { value: 8, atLeast: true },
    cpusAlways: true,
    defaultMemory: { value: 4, atLeast: true, perCpu: true },
    families: /^VM\.Standard(\.E|3|\.X86|\.B)/,
    unsupported: [
      "clone_disk_from_cluster",
      "docker_image",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
    diskTiers: ["low", "medium", "high"],
    egress: { form: "beyond", terabytes: 10, usd: 0.0085 },
  },
} as const satisfies Manifest;
