// The sections of the config for kubernetes. scripts/gen copies them to where configs are read, so only shapes and parts are imported.
import { closed, exactWord, flag, integer, listOf, mapOf, text, textLike, word } from "#shared/schema/shapes.ts";
import {
  allOrNames,
  dockerInPods,
  dws,
  identityByContext,
  kueue,
  openForClients,
  podConfig,
  podLimits,
  podMetadata,
  pricing,
  queueQuota,
  type Strictness,
} from "#shared/config/schema/parts.ts";

/** In the config of a server or a client. */
export function configSection(strictness: Strictness) {
  return openForClients(
    {
      allowed_contexts: allOrNames().optional(),
      context_configs: mapOf(openForClients(contextShape(), strictness)).optional(),
      ...contextShape(),
    },
    strictness,
  );
}

/** What a workspace may set. */
export function workspaceSection(strictness: Strictness) {
  return openForClients(
    {
      allowed_contexts: allOrNames().optional(),
      disabled: flag().optional(),
      namespace: text().optional(),
      kueue: kueue().optional(),
      quota: queueQuota().optional(),
      context_configs: mapOf(
        openForClients(
          {
            namespace: text().optional(),
            kueue: closed({ local_queue_name: text().optional() }).optional(),
            quota: queueQuota().optional(),
            remote_identity: identityByContext().optional(),
          },
          strictness,
        ),
      ).optional(),
      remote_identity: identityByContext().optional(),
    },
    strictness,
  );
}

/** What one task may set. */
export function taskSection(strictness: Strictness) {
  return openForClients(
    {
      pod_config: podConfig().optional(),
      provision_timeout: integer().optional(),
      custom_metadata: podMetadata().optional(),
      kueue: kueue().optional(),
      quota: queueQuota().optional(),
      dws: dws().optional(),
      remote_identity: identityByContext().optional(),
      set_pod_resource_limits: podLimits().optional(),
      enable_docker: dockerInPods().optional(),
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
