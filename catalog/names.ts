// Names of devices: their one spelling, the memory of one device, their maker, and who sells them.

export interface DeviceFacts {
  readonly name: string;
  /** Nominal memory of one device in GB; null where unknown. */
  readonly memoryGb: number | null;
  /** Lower case: "nvidia", "amd". */
  readonly manufacturer: string;
  /** Clouds that sell it, sorted. */
  readonly clouds: readonly string[];
}

export type CanonicalName =
  | { readonly kind: "known"; readonly name: string }
  /** Several names contain the text. */
  | { readonly kind: "ambiguous"; readonly candidates: readonly string[] }
  /** Kept as written: the request may still match as an expression. */
  | { readonly kind: "unknown"; readonly name: string };

/**
 * The catalog's spelling of a device name: an equal name whatever its case, otherwise the only name that contains it.
 * TPU names are lower case and always taken as they are.
 */
export function canonicalName(devices: readonly DeviceFacts[], written: string): CanonicalName {
  if (/^tpu-/i.test(written)) return { kind: "known", name: written.toLowerCase() };
  const lower = written.toLowerCase();
  const equal = devices.find((device) => device.name.toLowerCase() === lower);
  if (equal !== undefined) return { kind: "known", name: equal.name };
  const containing = devices.filter((device) => device.name.toLowerCase().includes(lower));
  if (containing.length === 1 && containing[0] !== undefined) return { kind: "known", name: containing[0].name };
  if (containing.length > 1) return { kind: "ambiguous", candidates: containing.map((device) => device.name) };
  return { kind: "unknown", name: written };
}

/** Names of the devices with this memory ("at least" with `atLeast`), of one maker or of all; sorted. */
function namesByMemory(
  devices: readonly DeviceFacts[],
  wanted: { readonly memoryGb: number; readonly atLeast: boolean; readonly manufacturer?: string },
): string[] {
  const maker = wanted.manufacturer?.toLowerCase();
  return devices
    .filter((device) => device.memoryGb !== null && (maker === undefined || device.manufacturer === maker))
    .filter((device) => {
      const memoryGb = device.memoryGb ?? 0;
      return wanted.atLeast ? memoryGb >= wanted.memoryGb : memoryGb === wanted.memoryGb;
    })
    .map((device) => device.name)
    .sort();
}

/** Maker of a device by its name. */
export function manufacturerOf(name: string): string {
  const lower = name.toLowerCase();
  if (/^(mi3|mi2|radeon|virtex)/.test(lower)) return "amd";
  if (/^gaudi/.test(lower)) return "intel";
  if (/^(trainium|inferentia)/.test(lower)) return "amazon";
  if (/^tpu/.test(lower)) return "google";
  if (/^qualcomm/.test(lower)) return "qualcomm";
  return "nvidia";
}

// Memory sizes that are sold; a measured size is rounded to the nearest when it is within 9 %.
const NOMINAL_GB = [4, 8, 10, 11, 12, 16, 20, 24, 32, 40, 48, 80, 94, 96, 141, 180, 192, 268];

/** The size a device is sold as, or null when the measured size is of several devices or of a part of one. */
export function nominalMemoryGb(memoryMib: number): number | null {
  const gb = memoryMib / 1024;
  const near = NOMINAL_GB.reduce((best, size) => (Math.abs(size - gb) < Math.abs(best - gb) ? size : best));
  return Math.abs(near - gb) <= 0.09 * near ? near : null;
}

/** The catalog as the parser of tasks asks it: one spelling of a name, and the devices of a memory size. */
export function acceleratorNames(devices: readonly DeviceFacts[]): {
  canonicalAccelerator(name: string): string | undefined;
  acceleratorsWithMemory(request: {
    readonly memoryGib: number;
    readonly atLeast: boolean;
    readonly manufacturer?: string;
  }): readonly string[];
} {
  return {
    canonicalAccelerator(name) {
      const found = canonicalName(devices, name);
      return found.kind === "known" ? found.name : undefined;
    },
    acceleratorsWithMemory: ({ memoryGib, atLeast, manufacturer }) =>
      namesByMemory(devices, { memoryGb: memoryGib, atLeast, ...(manufacturer === undefined ? {} : { manufacturer }) }),
  };
}
