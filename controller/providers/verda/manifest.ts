// Verda: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "verda",
  title: "Verda",
  rank: 25,
  nameMax: 120,
  access: {
    files: [".verda/config.json"],
    variables: [
      ["VERDA_CLIENT_ID", "VERDA_CLIENT_SECRET"],
      ["DATACRUNCH_CLIENT_ID", "DATACRUNCH_CLIENT_SECRET"],
    ],
    setUp: [
      "make credentials of the API in Verda's console",
      'write {"client_id": …, "client_secret": …} into ~/.verda/config.json',
    ],
  },
  sale: {
    unsupported: [
      "stop",
      "multi_node",
      "clone_disk_from_cluster",
      "docker_image",
      "custom_disk_tier",
      "custom_network_tier",
      "open_ports",
      "storage_mounting",
      "host_controllers",
      "high_availability_controllers",
      "autostop",
      "autodown",
      "custom_multi_network",
      "local_disk",
    ],
  },
} as const satisfies Manifest;
