// The sections of the config for vast. scripts/gen copies them to where configs are read, so only shapes and parts are imported.
import { anything, closed, flag, mapOf } from "#shared/schema/shapes.ts";
import { identityWord } from "#shared/config/schema/parts.ts";

/** In the config of a server or a client. */
export function configSection() {
  return closed({
    datacenter_only: flag().optional(),
    create_instance_kwargs: mapOf(anything()).optional(),
    remote_identity: identityWord().optional(),
  });
}

/** What one task may set. */
export function taskSection() {
  return closed({
    datacenter_only: flag().optional(),
    create_instance_kwargs: mapOf(anything()).optional(),
  });
}
