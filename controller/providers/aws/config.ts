// The sections of the config for AWS. scripts/gen copies them to where configs are read, so only shapes and parts are imported.
import { closed, exactWord, flag, listOf, listOfUnique, mapOf, text } from "#shared/schema/shapes.ts";
import {
  capabilities,
  nameByCluster,
  namesOrNothing,
  proxyCommand,
  textOrNothing,
  textOrTexts,
} from "#shared/config/schema/parts.ts";

/** In the config of a server or a client. */
export function configSection() {
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
export function workspaceSection() {
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
