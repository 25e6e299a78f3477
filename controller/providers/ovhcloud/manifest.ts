// OVHcloud: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "ovhcloud",
  title: "OVHcloud",
  access: {
    files: [".ovh.conf"],
    variables: [["OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY"]],
    setUp: ["ovhcloud login         # asks for the keys of an application"],
  },
  sale: {
    hasZones: true,
    unsupported: [
      "spot_instance",
      "custom_disk_tier",
      "custom_network_tier",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
