// The sections of the config for SSH. scripts/gen copies them to where configs are read, so only shapes and parts are imported.
import { closed, flag, integer, listOf, mapOf, text } from "#shared/schema/shapes.ts";
import { identityWord, podConfig, podMetadata } from "#shared/config/schema/parts.ts";

/** In the config of a server or a client. */
export function configSection() {
  return closed({
    allowed_node_pools: listOf(text()).optional(),
    context_configs: mapOf(closed(poolShape())).optional(),
    ...poolShape(),
    remote_identity: identityWord().optional(),
  });
}

/** What a workspace may set. */
export function workspaceSection() {
  return closed({ allowed_node_pools: listOf(text()).optional(), disabled: flag().optional() });
}

/** What one task may set. */
export function taskSection() {
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
