// The keys of a bucket in `file_mounts` and their types. Rules across keys are in ../storage-spec.ts.
import { closed, either, flag, integer, lazily, listOf, open, text, textLike, word } from "../../schema/shapes.ts";
import { STORAGE_MODES, STORAGE_PRESETS, STORE_NAMES } from "../storage.ts";
import { SIZE } from "./words.ts";

const BYTES = /^[0-9]+(b|k|m|g|t|p|B|K|M|G|T|P)?$/;
const DURATION = /^(?:(?:[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:ms|[smhdwMy]))+|([-+]?(?:\d+(?:\.\d+)?|\.\d+)))$/;

export const storageSchema = lazily(() =>
  closed({
    name: text().describe("bucket name, without s3:// or the like").optional(),
    source: either(text(), listOf(text()).min(1)).describe("local path, bucket URL, or local paths").optional(),
    store: word(STORE_NAMES).optional(),
    persistent: flag().optional(),
    mode: word(STORAGE_MODES).optional(),
    type: word(STORAGE_PRESETS).optional(),
    config: open({
      disk_size: either(textLike(SIZE), integer()).optional(),
      disk_tier: text().optional(),
      storage_type: text().optional(),
      attach_mode: text().optional(),
      mount_cached: closed({
        transfers: integer().min(1).optional(),
        buffer_size: textLike(BYTES).optional(),
        vfs_cache_max_size: textLike(BYTES).optional(),
        vfs_cache_max_age: textLike(DURATION).optional(),
        vfs_read_ahead: textLike(BYTES).optional(),
        vfs_read_chunk_size: textLike(BYTES).optional(),
        vfs_read_chunk_streams: integer().min(0).optional(),
        vfs_write_back: textLike(DURATION).optional(),
        read_only: flag().optional(),
      }).optional(),
      mount: closed({ read_only: flag().optional(), hf_mount_args: listOf(text()).optional() }).optional(),
    }).optional(),
    _is_sky_managed: flag().optional(),
    _bucket_sub_path: text().optional(),
    _force_delete: flag().optional(),
  }),
);
