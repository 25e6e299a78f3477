// The sections of the config for nebius. scripts/gen copies them to where configs are read, so only shapes and parts are imported.
import { closed, exactWord, flag, listOf, mapOf, open, text } from "#shared/schema/shapes.ts";
import { identityWord, nameByCluster, proxyCommand } from "#shared/config/schema/parts.ts";

/** In the config of a server or a client. */
export function configSection() {
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
export function workspaceSection() {
  return closed({
    credentials_file_path: text().optional(),
    tenant_id: text().optional(),
    domain: text().optional(),
    disabled: flag().optional(),
  });
}
