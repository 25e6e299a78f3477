// What is particular to each cloud when offers are chosen: defaults, families, missing features, egress prices.
import type { AttachRules, CloudRules, Feature } from "../query.ts";
import type { Quantity } from "#shared/task/task.ts";

const TB = 1024;

// Marginal tiers as SkyPilot sums them: the threshold, not the charged part, is taken off. Kept, so totals agree.
function tiered(rates: readonly [number, number, number, number]): (gb: number) => number {
  return (gigabytes) => {
    let rest = gigabytes;
    if (rest > 150 * TB) return rates[0] * rest;
    let usd = 0;
    if (rest >= 50 * TB) {
      usd += rates[1] * (rest - 50 * TB);
      rest -= 50 * TB;
    }
    if (rest >= 10 * TB) {
      usd += rates[2] * (rest - 10 * TB);
      rest -= 10 * TB;
    }
    return rest > 1 ? usd + rates[3] * (rest - 1) : usd;
  };
}

function gcpEgress(gigabytes: number): number {
  if (gigabytes <= TB) return 0.12 * gigabytes;
  return (gigabytes <= 10 * TB ? 0.11 : 0.08) * gigabytes;
}

function ibmEgress(gigabytes: number): number {
  if (gigabytes <= 0) return 0;
  // The published sum can be negative for small sizes; nobody is paid for moving data.
  return Math.max(0, (gigabytes - 150) * 0.05 + (150 - 50) * 0.07 + 50 * 0.09);
}

function ociEgress(gigabytes: number): number {
  return gigabytes <= 10 * TB ? 0 : 0.0085 * (gigabytes - 10 * TB);
}

const FREE = () => 0;
const atLeast = (value: number): Quantity => ({ value, atLeast: true });
const perCpu = (value: number) => ({ value, atLeast: true, perCpu: true });

const BLANK: Omit<CloudRules, "cloud" | "display"> = {
  hasZones: false,
  zonalOnDemand: false,
  defaultCpus: null,
  cpusAlways: false,
  defaultMemory: null,
  families: null,
  attach: null,
  unsupported: [],
  diskTiers: [],
  diskTierTypes: {},
  fastNetworkDevices: [],
  regionsFirst: null,
  egressUsd: FREE,
  cutToFit: false,
  isSuggested: true,
  onlyWhenNamed: false,
};

const CODES = {
  ST: "stop",
  MN: "multi_node",
  CD: "clone_disk_from_cluster",
  II: "image_id",
  DI: "docker_image",
  SP: "spot_instance",
  DT: "custom_disk_tier",
  NT: "custom_network_tier",
  OP: "open_ports",
  SM: "storage_mounting",
  HC: "host_controllers",
  HA: "high_availability_controllers",
  AT: "auto_terminate",
  AS: "autostop",
  AD: "autodown",
  MX: "custom_multi_network",
  LD: "local_disk",
} as const satisfies Record<string, Feature>;

function lacks(codes: string): Feature[] {
  return codes.split(" ").map((code) => CODES[code as keyof typeof CODES]);
}

const GCP_ATTACH: AttachRules = {
  hosts: /^n1-(standard|highmem|highcpu)-/,
  defaultCpus: {
    K80: { 1: 4, 2: 8, 4: 16, 8: 32, 16: 64 },
    V100: { 1: 8, 2: 16, 4: 32, 8: 64 },
    T4: { 1: 4, 2: 8, 4: 48 },
    P100: { 1: 8, 2: 16, 4: 32, 8: 64 },
    "": { 1: 8, 2: 16, 4: 32, 8: 64, 16: 128 },
  },
  limits: {
    K80: { 1: [8, 52], 2: [16, 104], 4: [32, 208], 8: [64, 208] },
    V100: { 1: [12, 78], 2: [24, 156], 4: [48, 312], 8: [96, 624] },
    T4: { 1: [48, 312], 2: [48, 312], 4: [96, 624] },
    P4: { 1: [24, 156], 2: [48, 312], 4: [96, 624] },
    P100: { 1: [16, 104], 2: [32, 208], 4: [96, 624] },
  },
};

// Premium disks of azure need a size with "s" in its features ("D8s_v5", "DS2_v2").
const AZURE_PREMIUM = /^(?:Standard|Basic)_(?:[A-Z]*S\d|[A-Z]+\d+(?:-\d+)?[a-z]*s)/;

const PARTS: readonly (Partial<CloudRules> & Pick<CloudRules, "cloud" | "display">)[] = [
  {
    cloud: "aws",
    display: "AWS",
    hasZones: true,
    accountZones: /^([a-z]{2}(?:-[a-z]+)+-\d+)[a-z]$/,
    defaultCpus: atLeast(8),
    defaultMemory: perCpu(4),
    families: /^(m6i|m6id|m7i|r6i|r6id|r7i|c6i|c6id|c7i)\./,
    unsupported: lacks("HA MX"),
    diskTiers: ["low", "medium", "high", "ultra"],
    regionsFirst: /^us-/,
    egressUsd: tiered([0.05, 0.07, 0.085, 0.09]),
  },
  {
    cloud: "azure",
    display: "Azure",
    defaultCpus: atLeast(8),
    defaultMemory: perCpu(4),
    families: /^Standard_(D\d+s_v5|E\d+s_v5|F\d+s_v2)$/,
    unsupported: lacks("CD HA NT MX LD"),
    diskTiers: ["low", "medium", "high"],
    diskTierTypes: { medium: AZURE_PREMIUM, high: AZURE_PREMIUM },
    egressUsd: tiered([0.05, 0.07, 0.083, 0.0875]),
  },
  {
    cloud: "gcp",
    display: "GCP",
    hasZones: true,
    zonalOnDemand: true,
    defaultCpus: atLeast(8),
    defaultMemory: perCpu(4),
    families: /^n[24]-(standard|highmem|highcpu)-/,
    attach: GCP_ATTACH,
    unsupported: lacks("HA LD"),
    diskTiers: ["low", "medium", "high", "ultra"],
    egressUsd: gcpEgress,
  },
  {
    cloud: "oci",
    display: "OCI",
    hasZones: true,
    defaultCpus: atLeast(8),
    cpusAlways: true,
    defaultMemory: perCpu(4),
    families: /^VM\.Standard(\.E|3|\.X86|\.B)/,
    unsupported: lacks("CD DI HA MX LD"),
    diskTiers: ["low", "medium", "high"],
    egressUsd: ociEgress,
  },
  {
    cloud: "ibm",
    display: "IBM",
    hasZones: true,
    defaultCpus: atLeast(8),
    defaultMemory: { value: 32, atLeast: true, perCpu: false },
    families: /^bx2/,
    unsupported: lacks("CD DI DT OP HA MX LD"),
    egressUsd: ibmEgress,
  },
  {
    cloud: "nebius",
    display: "Nebius",
    unsupported: lacks("CD NT HA MX LD"),
    diskTiers: ["low", "medium", "high"],
    fastNetworkDevices: ["H100:8", "H200:8", "B200:8", "B300:8"],
  },
  {
    cloud: "lambda",
    display: "Lambda",
    defaultCpus: atLeast(30),
    defaultMemory: perCpu(4),
    regionsFirst: /^us-/,
    unsupported: lacks("ST CD SP II DT NT HC HA MX LD"),
  },
  {
    cloud: "cudo",
    display: "Cudo",
    defaultCpus: atLeast(8),
    defaultMemory: perCpu(2),
    unsupported: lacks("ST SP DT NT II DI HC HA MX LD"),
  },
  {
    cloud: "fluidstack",
    display: "Fluidstack",
    defaultCpus: atLeast(6),
    defaultMemory: perCpu(4),
    regionsFirst: /^us-/,
    unsupported: lacks("ST CD SP II DT NT HC HA MX LD"),
  },
  {
    cloud: "scp",
    display: "SCP",
    defaultCpus: { value: 8, atLeast: false },
    defaultMemory: perCpu(2),
    regionsFirst: /SCP/,
    unsupported: lacks("CD II DI SP DT NT HA MX LD"),
  },
  {
    cloud: "vsphere",
    display: "vSphere",
    hasZones: true,
    defaultCpus: atLeast(2),
    defaultMemory: perCpu(4),
    unsupported: lacks("MN CD II DI SP DT NT OP HA MX LD"),
  },
  { cloud: "runpod", display: "RunPod", hasZones: true, unsupported: lacks("ST MN DT NT SM HA MX LD") },
  { cloud: "vast", display: "Vast", unsupported: lacks("MN DT NT SM HA MX LD") },
  { cloud: "do", display: "DO", unsupported: lacks("CD SP DT NT HA MX LD") },
  { cloud: "paperspace", display: "Paperspace", unsupported: lacks("CD SP II DT NT HA MX LD") },
  {
    cloud: "primeintellect",
    display: "PrimeIntellect",
    hasZones: true,
    unsupported: lacks("AS AD ST MN DT NT MX II DI LD"),
  },
  {
    cloud: "hyperbolic",
    display: "Hyperbolic",
    unsupported: lacks("ST MN DT SM HA SP CD DI OP II NT HC AT AS AD MX LD"),
  },
  {
    cloud: "shadeform",
    display: "Shadeform",
    isSuggested: false,
    unsupported: lacks("ST MN SP DT NT SM HC HA CD II DI MX LD"),
  },
  {
    cloud: "seeweb",
    display: "Seeweb",
    isSuggested: false,
    regionsFirst: /^it-fr2$/,
    unsupported: lacks("MN DT SM HA SP CD II NT HC MX LD"),
  },
  { cloud: "yotta", display: "Yotta", unsupported: lacks("ST MN CD SP DT NT SM HC HA AT AS AD MX LD") },
  { cloud: "mithril", display: "Mithril", unsupported: lacks("NT DT HA CD OP II HC MX LD") },
  { cloud: "verda", display: "Verda", unsupported: lacks("ST MN CD DI DT NT OP SM HC HA AS AD MX LD") },
  { cloud: "hyperstack", display: "Hyperstack", unsupported: lacks("SP DT NT HA MX LD") },
  { cloud: "ovhcloud", display: "OVHcloud", hasZones: true, unsupported: lacks("SP DT NT HA MX LD") },
  { cloud: "scaleway", display: "Scaleway", hasZones: true, unsupported: lacks("SP DT NT HA MX LD") },
  { cloud: "kubernetes", display: "Kubernetes", cutToFit: true, unsupported: lacks("ST AS SP DT MX NT LD") },
  { cloud: "ssh", display: "SSH", cutToFit: true, unsupported: lacks("ST AS SP DT MX NT LD") },
  { cloud: "slurm", display: "Slurm", cutToFit: true, hasZones: true, unsupported: lacks("SP MX OP HC LD") },
  { cloud: "local", display: "Local", onlyWhenNamed: true, unsupported: lacks("II DI SP DT NT HA MX LD") },
];

/** Rules by cloud. */
export const cloudRules: ReadonlyMap<string, CloudRules> = new Map(
  PARTS.map((part) => [part.cloud, { ...BLANK, ...part }]),
);

/** Rules of any cloud, also of one that is not known here: no defaults, nothing missing, no zones. */
export function rulesOf(cloud: string): CloudRules {
  return cloudRules.get(cloud) ?? { ...BLANK, cloud, display: cloud };
}
