// The sections of the config for azure. scripts/gen copies them to where configs are read, so only shapes and parts are imported.
import { closed, flag, mapOf, text } from "#shared/schema/shapes.ts";
import { capabilities, nameByCluster, proxyCommand, textOrNothing } from "#shared/config/schema/parts.ts";

/** In the config of a server or a client. */
export function configSection() {
  return closed({
    storage_account: text().optional(),
    resource_group_vm: text().optional(),
    vpc_name: textOrNothing().optional(),
    ...sharedShape(),
    remote_identity: nameByCluster().optional(),
  });
}

/** What one task may set. */
export function taskSection() {
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
