// The clouds' sections of the config. Made by scripts/gen from controller/providers/*/config.ts; changes are lost.
import { anything, closed, either, exactWord, flag, integer, listOf, listOfUnique, mapOf, open, text, textLike, word } from "../../schema/shapes.ts";
import { allOrNames, capabilities, dockerInPods, dws, identityByContext, identityWord, instanceGroup, kueue, nameByCluster, namesOrNothing, networkName, openForClients, podConfig, podLimits, podMetadata, pricing, proxyCommand, queueQuota, sbatchOptions, slurmQuota, textOrNothing, textOrTexts, type Strictness } from "./parts.ts";

function awsSections() {
/** In the config of a server or a client. */
function configSection() {
  return closed({
    prioritize_reservations: flag().optional(),
    specific_reservations: listOf(text()).optional(),
    disk_encrypted: flag().optional(),
    ssh_user: text().optional(),
    security_group_name: nameByCluster().optional(),
    vpc_name: textOrNothing().optional(),
    vpc_names: namesOrNothing().optional(),
    subnet_names: namesOrNothing().optional(),
    use_ssm: flag().optional(),
    post_provision_runcmd: listOf(textOrTexts()).optional(),
    enforce_tags: listOfUnique(exactWord(["instance", "volume"])).optional(),
    ...sharedShape(),
    remote_identity: nameByCluster().optional(),
  });
}

/** What a workspace may set. */
function workspaceSection() {
  return closed({
    profile: text().optional(),
    disabled: flag().optional(),
    capabilities: capabilities().optional(),
    remote_identity: nameByCluster().optional(),
  });
}

function sharedShape() {
  return {
    capabilities: capabilities().optional(),
    labels: mapOf(text()).optional(),
    use_internal_ips: flag().optional(),
    ssh_proxy_command: proxyCommand().optional(),
  };
}
return { configSection, workspaceSection };
}

function gcpSections() {
/** In the config of a server or a client. */
function configSection() {
  return closed({
    prioritize_reservations: flag().optional(),
    specific_reservations: listOf(text()).optional(),
    managed_instance_group: instanceGroup().optional(),
    force_enable_external_ips: flag().optional(),
    enable_gvnic: flag().optional(),
    enable_gpu_direct: flag().optional(),
    placement_policy: text().optional(),
    vpc_name: networkName().optional(),
    subnet_names: namesOrNothing().optional(),
    ...sharedShape(),
    remote_identity: identityWord().optional(),
  });
}

/** What a workspace may set. */
function workspaceSection() {
  return closed({
    project_id: text().optional(),
    disabled: flag().optional(),
    capabilities: capabilities().optional(),
    remote_identity: identityWord().optional(),
  });
}

/** What one task may set. */
function taskSection() {
  return closed({
    managed_instance_group: instanceGroup().optional(),
    enable_gvnic: flag().optional(),
    enable_gpu_direct: flag().optional(),
    placement_policy: text().optional(),
    vpc_name: networkName().optional(),
    subnet_names: namesOrNothing().optional(),
  });
}

function sharedShape() {
  return {
    capabilities: capabilities().optional(),
    labels: mapOf(text()).optional(),
    use_internal_ips: flag().optional(),
    ssh_proxy_command: proxyCommand().optional(),
  };
}
return { configSection, workspaceSection, taskSection };
}

function azureSections() {
/** In the config of a server or a client. */
function configSection() {
  return closed({
    storage_account: text().optional(),
    resource_group_vm: text().optional(),
    vpc_name: textOrNothing().optional(),
    ...sharedShape(),
    remote_identity: nameByCluster().optional(),
  });
}

/** What one task may set. */
function taskSection() {
  return closed({ vpc_name: textOrNothing().optional(), remote_identity: nameByCluster().optional() });
}

function sharedShape() {
  return {
    capabilities: capabilities().optional(),
    labels: mapOf(text()).optional(),
    use_internal_ips: flag().optional(),
    ssh_proxy_command: proxyCommand().optional(),
  };
}
return { configSection, taskSection };
}

function kubernetesSections() {
/** In the config of a server or a client. */
function configSection(strictness: Strictness) {
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
function workspaceSection(strictness: Strictness) {
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
function taskSection(strictness: Strictness) {
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
return { configSection, workspaceSection, taskSection };
}

function sshSections() {
/** In the config of a server or a client. */
function configSection() {
  return closed({
    allowed_node_pools: listOf(text()).optional(),
    context_configs: mapOf(closed(poolShape())).optional(),
    ...poolShape(),
    remote_identity: identityWord().optional(),
  });
}

/** What a workspace may set. */
function workspaceSection() {
  return closed({ allowed_node_pools: listOf(text()).optional(), disabled: flag().optional() });
}

/** What one task may set. */
function taskSection() {
  return closed({
    pod_config: podConfig().optional(),
    provision_timeout: integer().optional(),
    custom_metadata: podMetadata().optional(),
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
return { configSection, workspaceSection, taskSection };
}

function slurmSections() {
/** In the config of a server or a client. */
function configSection(strictness: Strictness) {
  return openForClients(
    {
      allowed_clusters: allOrNames().optional(),
      provision_timeout: integer().optional(),
      submit_as_user: flag().optional(),
      username_map: usernames().optional(),
      pricing: pricing().optional(),
      sbatch_options: sbatchOptions().optional(),
      quota: slurmQuota().optional(),
      gpu_partition_map: mapOf(textOrTexts()).optional(),
      cpu_partition: text().optional(),
      container_mounts: containerMounts().optional(),
      prometheus: closed({ url: text().optional(), via: text().optional() }).optional(),
      cluster_configs: mapOf(clusterSchema(strictness)).optional(),
      remote_identity: identityWord().optional(),
    },
    strictness,
  );
}

/** What a workspace may set. */
function workspaceSection() {
  const limits = { sbatch_options: sbatchOptions().optional(), quota: slurmQuota().optional() };
  return closed({
    disabled: flag().optional(),
    allowed_clusters: allOrNames().optional(),
    ...limits,
    cluster_configs: mapOf(closed({ ...limits, partition_configs: mapOf(closed(limits)).optional() })).optional(),
  });
}

/** What one task may set. */
function taskSection(strictness: Strictness) {
  return openForClients(
    {
      sbatch_options: sbatchOptions().optional(),
      quota: slurmQuota().optional(),
      cpu_partition: text().optional(),
    },
    strictness,
  );
}

function clusterSchema(strictness: Strictness) {
  return openForClients(
    {
      workdir: text().optional(),
      tmpdir: text().optional(),
      submit_as_user: flag().optional(),
      username_map: usernames().optional(),
      prometheus: closed({
        url: text().optional(),
        filter: mapOf(text()).optional(),
        via: text().optional(),
      }).optional(),
      prometheus_url: text().optional(),
      pricing: pricing().optional(),
      sbatch_options: sbatchOptions().optional(),
      quota: slurmQuota().optional(),
      gpu_partition_map: mapOf(textOrTexts()).optional(),
      cpu_partition: text().optional(),
      container_mounts: containerMounts().optional(),
      partition_configs: mapOf(
        closed({
          pricing: pricing().optional(),
          sbatch_options: sbatchOptions().optional(),
          quota: slurmQuota().optional(),
        }),
      ).optional(),
    },
    strictness,
  );
}

function usernames() {
  return mapOf(textLike(/^[a-z_][a-z0-9_.-]*$/), { keyMinLength: 1 });
}

function containerMounts() {
  return mapOf(either(text(), closed({ host_path: text(), mode: exactWord(["ro", "rw"]).optional() })));
}
return { configSection, workspaceSection, taskSection };
}

function ociSections() {
/** In the config of a server or a client. */
function configSection() {
  return open({
    region_configs: mapOf(
      closed({
        compartment_ocid: text().optional(),
        image_tag_general: text().optional(),
        image_tag_gpu: text().optional(),
        vcn_ocid: text().optional(),
        vcn_subnet: text().optional(),
      }),
    ).optional(),
    remote_identity: identityWord().optional(),
  });
}
return { configSection };
}

function vastSections() {
/** In the config of a server or a client. */
function configSection() {
  return closed({
    datacenter_only: flag().optional(),
    create_instance_kwargs: mapOf(anything()).optional(),
    remote_identity: identityWord().optional(),
  });
}

/** What one task may set. */
function taskSection() {
  return closed({
    datacenter_only: flag().optional(),
    create_instance_kwargs: mapOf(anything()).optional(),
  });
}
return { configSection, taskSection };
}

function nebiusSections() {
/** In the config of a server or a client. */
function configSection() {
  return open({
    use_internal_ips: flag().optional(),
    ssh_proxy_command: proxyCommand().optional(),
    use_static_ip_address: flag().optional(),
    disk_encrypted: flag().optional(),
    tenant_id: text().optional(),
    domain: text().optional(),
    use_personal_pricing: flag().optional(),
    security_group_name: nameByCluster().optional(),
    region_configs: mapOf(
      closed({
        project_id: text().optional(),
        subnet_id: text().optional(),
        fabric: text().optional(),
        disk_encrypted: flag().optional(),
        filesystems: listOf(
          closed({
            filesystem_id: text().optional(),
            attach_mode: exactWord(["READ_WRITE", "READ_ONLY"]).optional(),
            mount_path: text().optional(),
          }),
        ).optional(),
      }),
    ).optional(),
    remote_identity: identityWord().optional(),
  });
}

/** What a workspace may set. */
function workspaceSection() {
  return closed({
    credentials_file_path: text().optional(),
    tenant_id: text().optional(),
    domain: text().optional(),
    disabled: flag().optional(),
  });
}
return { configSection, workspaceSection };
}

/** In the order in which their faults are told. */
export const cloudSections = { aws: awsSections(), gcp: gcpSections(), azure: azureSections(), kubernetes: kubernetesSections(), ssh: sshSections(), slurm: slurmSections(), oci: ociSections(), vast: vastSections(), nebius: nebiusSections() };
