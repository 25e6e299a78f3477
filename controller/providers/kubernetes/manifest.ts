// Kubernetes: what is known of it. Places of keys are those of the vendor's own tools and of SkyPilot.
import { plainManifest, type Manifest } from "../contract/manifest.ts";

export const manifest = {
  ...plainManifest,
  id: "kubernetes",
  title: "Kubernetes",
  rank: 8,
  mergesPods: true,
  volumeTypes: ["k8s-pvc", "k8s-hostpath"],
  sectionRank: 4,
  names: { aliases: ["k8s"], commands: [], meant: ["kube"] },
  places: "contexts",
  sections: { key: "context_configs" },
  podSizes: true,
  containersOnly: true,
  tpus: "slices",
  prices: "own",
  nameMax: 42,
  access: {
    files: [".kube/config"],
    variables: [["KUBECONFIG"], ["KUBERNETES_SERVICE_HOST"]],
    setUp: [
      "put the cluster's kubeconfig at ~/.kube/config",
      "kubectl config use-context <context>",
      "kubectl get nodes      # says whether it works",
    ],
  },
  sale: {
    unsupported: [
      "stop",
      "autostop",
      "spot_instance",
      "custom_disk_tier",
      "custom_multi_network",
      "custom_network_tier",
      "local_disk",
    ],
    cutToFit: true,
  },
} as const satisfies Manifest;
