// The config's sections of the clouds that are rented by the machine.
import { anything, closed, exactWord, flag, listOf, listOfUnique, mapOf, open, text } from "../../schema/shapes.ts";
import {
  capabilities,
  identityWord,
  instanceGroup,
  nameByCluster,
  namesOrNothing,
  networkName,
  proxyCommand,
  textOrNothing,
  textOrTexts,
} from "./parts.ts";

function sharedShape() {
  return {
    capabilities: capabilities().optional(),
    labels: mapOf(text()).optional(),
    use_internal_ips: flag().optional(),
    ssh_proxy_command: proxyCommand().optional(),
  };
}

export function awsSchema() {
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

export function gcpSchema() {
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

export function azureSchema() {
  return closed({
    storage_account: text().optional(),
    resource_group_vm: text().optional(),
    vpc_name: textOrNothing().optional(),
    ...sharedShape(),
    remote_identity: nameByCluster().optional(),
  });
}

export function ociSchema() {
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

export function vastSchema() {
  return closed({
    datacenter_only: flag().optional(),
    create_instance_kwargs: mapOf(anything()).optional(),
    remote_identity: identityWord().optional(),
  });
}

export function nebiusSchema() {
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
