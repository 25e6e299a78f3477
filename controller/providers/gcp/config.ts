// The sections of the config for GCP. scripts/gen copies them to where configs are read, so only shapes and parts are imported.
import { closed, flag, listOf, mapOf, text } from "#shared/schema/shapes.ts";
import {
  capabilities,
  identityWord,
  instanceGroup,
  namesOrNothing,
  networkName,
  proxyCommand,
} from "#shared/config/schema/parts.ts";

/** In the config of a server or a client. */
export function configSection() {
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
export function workspaceSection() {
  return closed({
    project_id: text().optional(),
    disabled: flag().optional(),
    capabilities: capabilities().optional(),
    remote_identity: identityWord().optional(),
  });
}

/** What one task may set. */
export function taskSection() {
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
