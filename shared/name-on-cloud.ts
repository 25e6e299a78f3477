// The name that a cloud sees for a cluster, as SkyPilot makes it.
import { createHash } from "node:crypto";

// Letters of a hash that keep two shortened names apart.
const HASH_LENGTH = 2;

/**
 * The name with the user's hash behind it, as SkyPilot makes it: lower case, `_` and `.` as `-`, and where it
 * would be longer than `lengthMax` (null: no limit) cut, with two letters of a hash of the whole name. Dashes where it was cut go.
 */
export function nameOnCloud(
  name: string,
  options: { readonly lengthMax: number | null; readonly userHash: string },
): string {
  const clean = name.toLowerCase().replace(/[_.]/g, "-");
  const tail = `-${options.userHash}`;
  if (options.lengthMax === null || clean.length + tail.length <= options.lengthMax) return clean + tail;
  const kept = options.lengthMax - tail.length - HASH_LENGTH - 1;
  return `${clean.slice(0, Math.max(kept, 1)).replace(/-+$/, "")}-${shortHash(name)}${tail}`;
}

/** The first letters of the MD5 of the name in base 36. */
function shortHash(name: string): string {
  const digest = createHash("md5").update(name).digest("hex");
  return BigInt(`0x${digest}`).toString(36).slice(0, HASH_LENGTH);
}
