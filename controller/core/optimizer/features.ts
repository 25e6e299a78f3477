// Which features a request needs, and which clouds therefore cannot serve it.
import type { CloudRules, Feature } from "#catalog/query.ts";
import type { Resources } from "#shared/task/task.ts";

/** Features the hardware request implies; what a launch adds (autostop, mounts) comes as `extra`. */
export function requiredFeatures(resources: Resources, numNodes: number, extra: readonly Feature[] = []): Feature[] {
  const needed = new Set<Feature>(extra);
  if (numNodes > 1) needed.add("multi_node");
  if (resources.useSpot === true) needed.add("spot_instance");
  if (resources.diskTier !== undefined && resources.diskTier !== "best") needed.add("custom_disk_tier");
  if (resources.networkTier === "best") needed.add("custom_network_tier");
  if (resources.ports !== undefined && resources.ports.length > 0) needed.add("open_ports");
  if (resources.localDisk !== undefined) needed.add("local_disk");
  for (const image of Object.values(resources.imageId ?? {})) {
    needed.add(image.startsWith("docker:") ? "docker_image" : "image_id");
  }
  return [...needed];
}

const SENTENCES = {
  stop: "Stopping is not supported in",
  multi_node: "Multi-node is not supported in",
  clone_disk_from_cluster: "Migrating disk is not supported in",
  image_id: "Custom machine images are not supported in",
  docker_image: "Docker images are not supported in",
  spot_instance: "Spot instances are not supported in",
  custom_disk_tier: "Custom disk tiers are not supported in",
  custom_network_tier: "Custom network tiers are not supported in",
  open_ports: "Opening ports is not supported in",
  storage_mounting: "Mounting storage is not supported in",
  host_controllers: "Controllers cannot run in",
  high_availability_controllers: "Highly available controllers cannot run in",
  auto_terminate: "Automatic termination is not supported in",
  autostop: "Autostop is not supported in",
  autodown: "Autodown is not supported in",
  custom_multi_network: "Several networks are not supported in",
  local_disk: "Local disk is not supported on",
} as const satisfies Record<Feature, string>;

/** Why the cloud cannot serve the request, one sentence for the first missing feature; null when it can. */
export function missingFeature(rules: CloudRules, needed: readonly Feature[], resources: Resources): string | null {
  for (const feature of needed) {
    if (!rules.unsupported.includes(feature)) continue;
    if (feature === "custom_network_tier" && hasFastNetwork(rules, resources)) continue;
    return `${SENTENCES[feature]} ${rules.display}.`;
  }
  const tier = resources.diskTier;
  if (tier !== undefined && tier !== "best" && !rules.diskTiers.includes(tier)) {
    return `The disk tier '${tier}' is not supported in ${rules.display}.`;
  }
  return null;
}

function hasFastNetwork(rules: CloudRules, resources: Resources): boolean {
  const device = resources.accelerator;
  return device !== undefined && rules.fastNetworkDevices.includes(`${device.name}:${device.count}`);
}
