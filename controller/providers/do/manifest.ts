// DO: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "do",
  title: "DO",
  rank: 16,
  names: { aliases: [], commands: ["digitalocean"], meant: ["digitalocean"] },
  nameMax: 247,
  access: {
    files: [".config/doctl/config.yaml"],
    variables: [["DIGITALOCEAN_TOKEN"], ["DIGITALOCEAN_ACCESS_TOKEN"]],
    setUp: ["doctl auth init        # asks for a token of DigitalOcean's control panel"],
  },
  sale: {
    unsupported: [
      "clone_disk_from_cluster",
      "spot_instance",
      "custom_disk_tier",
      "custom_network_tier",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
