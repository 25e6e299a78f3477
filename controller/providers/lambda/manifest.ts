// Lambda: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "lambda",
  title: "Lambda",
  rank: 5,
  nameMax: 57,
  access: {
    files: [".lambda_cloud/lambda_keys"],
    variables: [],
    setUp: [
      "make a key at cloud.lambda.ai/api-keys",
      "install -m 600 -D /dev/stdin ~/.lambda_cloud/lambda_keys <<< 'api_key = <key>'",
    ],
  },
  sale: {
    defaultCpus: { value: 30, atLeast: true },
    defaultMemory: { value: 4, atLeast: true, perCpu: true },
    unsupported: [
      "stop",
      "clone_disk_from_cluster",
      "spot_instance",
      "image_id",
      "custom_disk_tier",
      "custom_network_tier",
      "host_controllers",
      "high_availability_controllers",
      "custom_multi_network",
      "local_disk",
    ],
    regionsFirst: /^us-/,
  },
} as const satisfies Manifest;
