// The sections of the config for OCI. scripts/gen copies them to where configs are read, so only shapes and parts are imported.
import { closed, mapOf, open, text } from "#shared/schema/shapes.ts";
import { identityWord } from "#shared/config/schema/parts.ts";

/** In the config of a server or a client. */
export function configSection() {
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
