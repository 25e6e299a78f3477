// vSphere: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "vsphere",
  title: "vSphere",
  rank: 11,
  nameMax: 80,
  access: {
    files: [".vsphere/credential.yaml"],
    variables: [],
    setUp: ["list vcenters with name, username, password and clusters in ~/.vsphere/credential.yaml"],
  },
  sale: {
    hasZones: true,
    defaultCpus: { value: 2, atLeast: true },
    defaultMemory: { value: 4, atLeast: true, perCpu: true },
    unsupported: [
      "multi_node",
      "clone_disk_from_cluster",
      "image_id",
      "docker_image",
      "spot_instance",
      "custom_disk_tier",
      "custom_network_tier",
      "open_ports",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
