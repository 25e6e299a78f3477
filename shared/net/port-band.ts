// Ports for our own listeners that no connection is given by chance: systems number the near ends of connections from a range of ports.
import { readFileSync } from "node:fs";

export interface PortBand {
  readonly first: number;
  readonly count: number;
}

/** Below every system's usual range (Linux: 32768 to 60999, macOS: 49152 to 65535). */
const USUAL: PortBand = { first: 20_000, count: 10_000 };
/** Lower ones need privileges, or are known for something. */
const LOWEST = 2_000;
const HIGHEST = 65_535;
/** A narrower gap is soon full. */
const NARROWEST = 500;
const RANGE_FILE = "/proc/sys/net/ipv4/ip_local_port_range";

/** Where to listen on this machine. */
export function portBand(): PortBand {
  const [low = Number.NaN, high = Number.NaN] = readRange().trim().split(/\s+/).map(Number);
  return bandOutside(low, high);
}

/** `low` to `high` is the range of connections, both ends included; NaN: not known. The usual band where a range leaves no room. */
export function bandOutside(low: number, high: number): PortBand {
  const isApart = !(low < USUAL.first + USUAL.count && high >= USUAL.first);
  if (isApart) return USUAL;
  const below = { first: Math.max(LOWEST, low - USUAL.count), count: Math.min(low - LOWEST, USUAL.count) };
  if (below.count >= NARROWEST) return below;
  const above = { first: high + 1, count: Math.min(HIGHEST - high, USUAL.count) };
  return above.count >= NARROWEST ? above : USUAL;
}

/** `tries` ports of a band, all different; `chance` in [0, 1) says where they begin. */
export function portsFrom({ first, count }: PortBand, chance: number, tries: number): readonly number[] {
  const start = Math.floor(chance * count);
  // A step that shares no divisor with the usual widths: two that begin side by side do not follow each other.
  return Array.from({ length: Math.min(tries, count) }, (_, at) => first + ((start + at * 7) % count));
}

function readRange(): string {
  try {
    return readFileSync(RANGE_FILE, "utf8");
  } catch {
    // Not Linux.
    return "";
  }
}
