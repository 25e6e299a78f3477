// A bucket as a task asks for it: the value of a file mount written as a mapping.

export const STORE_NAMES = [
  "S3",
  "GCS",
  "AZURE",
  "R2",
  "IBM",
  "OCI",
  "NEBIUS",
  "COREWEAVE",
  "VASTDATA",
  "HF",
  "VOLUME",
] as const;
export type StoreName = (typeof STORE_NAMES)[number];

export const STORAGE_MODES = ["MOUNT", "COPY", "MOUNT_CACHED"] as const;
export type StorageMode = (typeof STORAGE_MODES)[number];

export const STORAGE_PRESETS = ["MODEL_CHECKPOINT_RO", "MODEL_CHECKPOINT_RW", "DATASET_RO", "DATASET_RW"] as const;
export type StoragePreset = (typeof STORAGE_PRESETS)[number];

export interface StorageSpec {
  /** Bucket name, without a URL prefix. */
  readonly name?: string;
  /** Local path, bucket URL, or several local paths. */
  readonly source?: string | readonly string[];
  readonly store?: StoreName;
  readonly mode: StorageMode;
  /** `false`: the bucket goes when its managed job ends. */
  readonly persistent: boolean;
  readonly type?: StoragePreset;
  /** `mount_cached` and `mount` options, keyed as the user writes them. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly isSkyManaged?: boolean;
  readonly bucketSubPath?: string;
  readonly forceDelete?: boolean;
}
