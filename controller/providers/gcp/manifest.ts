// GCP: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "gcp",
  title: "GCP",
  rank: 3,
  sectionRank: 2,
  names: { aliases: [], commands: [], meant: ["google"] },
  tpus: "machines",
  buckets: { schemes: ["gs"], hosts: [] },
  nameMax: 35,
  access: {
    files: [".config/gcloud/application_default_credentials.json"],
    variables: [["GOOGLE_APPLICATION_CREDENTIALS"]],
    setUp: [
      "gcloud init                               # chooses account and project",
      "gcloud auth application-default login     # writes the file",
      "gcloud services enable compute.googleapis.com",
    ],
  },
  sale: {
    hasZones: true,
    zonalOnDemand: true,
    defaultCpus: { value: 8, atLeast: true },
    defaultMemory: { value: 4, atLeast: true, perCpu: true },
    families: /^n[24]-(standard|highmem|highcpu)-/,
    attach: {
      hosts: /^n1-(standard|highmem|highcpu)-/,
      defaultCpus: {
        K80: { "1": 4, "2": 8, "4": 16, "8": 32, "16": 64 },
        V100: { "1": 8, "2": 16, "4": 32, "8": 64 },
        T4: { "1": 4, "2": 8, "4": 48 },
        P100: { "1": 8, "2": 16, "4": 32, "8": 64 },
        "": { "1": 8, "2": 16, "4": 32, "8": 64, "16": 128 },
      },
      limits: {
        K80: { "1": [8, 52], "2": [16, 104], "4": [32, 208], "8": [64, 208] },
        V100: { "1": [12, 78], "2": [24, 156], "4": [48, 312], "8": [96, 624] },
        T4: { "1": [48, 312], "2": [48, 312], "4": [96, 624] },
        P4: { "1": [24, 156], "2": [48, 312], "4": [96, 624] },
        P100: { "1": [16, 104], "2": [32, 208], "4": [96, 624] },
      },
    },
    unsupported: ["high_availability_controllers", "local_disk"],
    diskTiers: ["low", "medium", "high", "ultra"],
    egress: {
      form: "whole",
      upTo: [
        [1, 0.12],
        [10, 0.11],
      ],
      usd: 0.08,
    },
  },
} as const satisfies Manifest;
