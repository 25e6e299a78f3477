// The keys of a volume file, of a mounted volume, and their types. Rules across keys are in ../volume.ts.
import {
  closed,
  either,
  exactWord,
  flag,
  lazily,
  listOf,
  mapOf,
  nothing,
  open,
  text,
  textLike,
  word,
} from "../../schema/shapes.ts";
import { CLOUDS, SIZE, explainInfra, VOLUME_INFRA } from "./words.ts";

export const VOLUME_TYPES = ["k8s-pvc", "k8s-hostpath", "runpod-network-volume"] as const;
export const ACCESS_MODES = ["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany", "ReadOnlyMany"] as const;

export const volumeSchema = lazily(() =>
  open({
    name: text(),
    type: exactWord(VOLUME_TYPES),
    infra: textLike(VOLUME_INFRA, explainInfra).optional(),
    size: textLike(SIZE).optional(),
    use_existing: flag().optional(),
    config: open({
      storage_class_name: text().optional(),
      access_mode: exactWord(ACCESS_MODES).optional(),
      namespace: text().optional(),
      host_path: text().optional(),
      cleanup_on_deletion: flag().optional(),
    }).optional(),
    labels: mapOf(text()).optional(),
  }),
);

/** `volume_mounts`, which servers write and clients may send back. */
export const volumeMountsSchema = lazily(() =>
  listOf(
    closed({
      path: text().optional(),
      volume_name: text().optional(),
      is_ephemeral: flag().optional(),
      sub_path: textLike(/^[a-zA-Z0-9._-][a-zA-Z0-9./_-]*$/).optional(),
      volume_config: open({
        cloud: word(CLOUDS).optional(),
        region: either(text(), nothing()).optional(),
        zone: either(text(), nothing()).optional(),
      }).optional(),
    }),
  ),
);
