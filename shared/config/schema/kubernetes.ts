// The config's sections for Kubernetes and for pools of machines reached by ssh, which are run the same way.
import { closed, exactWord, integer, listOf, mapOf, text, textLike, word } from "../../schema/shapes.ts";
import {
  allOrNames,
  dockerInPods,
  dws,
  identityByContext,
  identityWord,
  kueue,
  openForClients,
  podConfig,
  podLimits,
  podMetadata,
  pricing,
  queueQuota,
  type Strictness,
} from "./parts.ts";

export function kubernetesSchema(strictness: Strictness) {
  return openForClients(
    {
      allowed_contexts: allOrNames().optional(),
      context_configs: mapOf(openForClients(contextShape(), strictness)).optional(),
      ...contextShape(),
    },
    strictness,
  );
}

function contextShape() {
  return {
    allowed_nodes: closed({
      label_selector: mapOf(text()).optional(),
      names: listOf(text()).optional(),
      ips: listOf(text()).optional(),
    }).optional(),
    rdma: closed({
      mode: word(["sriov"]).optional(),
      resource: text().optional(),
      networks: text().optional(),
    }).optional(),
    networking: word(["nodeport", "portforward"]).optional(),
    ports: word(["ingress", "loadbalancer", "podip"]).optional(),
    pod_config: podConfig().optional(),
    provision_timeout: integer().optional(),
    max_inline_command_length: integer().min(1024).optional(),
    custom_metadata: podMetadata().optional(),
    namespace: text().optional(),
    autoscaler: word(["gke", "karpenter", "coreweave", "nebius", "generic"]).optional(),
    high_availability: closed({ storage_class_name: text().optional() }).optional(),
    kueue: kueue().optional(),
    quota: queueQuota().optional(),
    dws: dws().optional(),
    remote_identity: identityByContext().optional(),
    post_provision_runcmd: listOf(text()).optional(),
    apt_mirrors: listOf(textLike(/^[a-zA-Z0-9.-]+$/)).optional(),
    set_pod_resource_limits: podLimits().optional(),
    pricing: pricing().optional(),
    auto_mounts: listOf(
      closed({
        volume_name: text(),
        mount_paths: listOf(textLike(/^(\/|~\/|~$)/)).min(1),
        scope: exactWord(["personal", "workspace", "global"]).optional(),
      }),
    ).optional(),
    enable_docker: dockerInPods().optional(),
  };
}

export function sshSchema() {
  return closed({
    allowed_node_pools: listOf(text()).optional(),
    context_configs: mapOf(closed(poolShape())).optional(),
    ...poolShape(),
    remote_identity: identityWord().optional(),
  });
}

function poolShape() {
  return {
    pod_config: podConfig().optional(),
    provision_timeout: integer().optional(),
    max_inline_command_length: integer().min(1024).optional(),
    custom_metadata: podMetadata().optional(),
  };
}
