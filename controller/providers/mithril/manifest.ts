// Mithril: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "mithril",
  title: "Mithril",
  rank: 24,
  nameMax: 60,
  access: {
    files: [".config/mithril/config.yaml"],
    variables: [["MITHRIL_API_KEY", "MITHRIL_PROJECT"]],
    setUp: [
      "ml setup               # or write profiles with api_key and project_id into ~/.config/mithril/config.yaml",
    ],
  },
  sale: {
    unsupported: [
      "custom_network_tier",
      "custom_disk_tier",
      "high_availability_controllers",
      "clone_disk_from_cluster",
      "open_ports",
      "image_id",
      "host_controllers",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
