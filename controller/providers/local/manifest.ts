// Nodes on the controller's own machine.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "local",
  title: "Local",
  rank: 26,
  names: { aliases: [], commands: [], meant: ["localhost"] },
  status: "launches",
  features: ["power"],
  prices: "own",
  sale: {
    unsupported: [
      "image_id",
      "docker_image",
      "spot_instance",
      "custom_disk_tier",
      "custom_network_tier",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
    onlyWhenNamed: true,
  },
} as const satisfies Manifest;

/** The one instance type and region. */
export const LOCAL_TYPE = "local";
export const LOCAL_REGION = "local";
