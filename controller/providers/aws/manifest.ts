// AWS: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "aws",
  title: "AWS",
  rank: 1,
  sectionRank: 1,
  names: { aliases: [], commands: [], meant: ["amazon"] },
  buckets: { schemes: ["s3"], hosts: [] },
  nameMax: 248,
  access: {
    files: [".aws/credentials", ".aws/config"],
    variables: [["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], ["AWS_PROFILE"], ["AWS_WEB_IDENTITY_TOKEN_FILE"]],
    setUp: [
      "aws configure          # asks for the access key and the region",
      "aws configure sso      # or by single sign-on",
      "aws sts get-caller-identity    # says whether it works",
    ],
  },
  sale: {
    hasZones: true,
    defaultCpus: { value: 8, atLeast: true },
    defaultMemory: { value: 4, atLeast: true, perCpu: true },
    families: /^(m6i|m6id|m7i|r6i|r6id|r7i|c6i|c6id|c7i)\./,
    unsupported: ["high_availability_controllers", "custom_multi_network"],
    diskTiers: ["low", "medium", "high", "ultra"],
    regionsFirst: /^us-/,
    accountZones: /^([a-z]{2}(?:-[a-z]+)+-\d+)[a-z]$/,
    egress: { form: "tiered", usd: [0.05, 0.07, 0.085, 0.09] },
  },
} as const satisfies Manifest;
