// Reads ports and port ranges, and merges them into the fewest ranges.

export const PORT_MIN = 1;
export const PORT_MAX = 65_535;

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** One port ("80") or range ("80-90"), or the reason why it is none. */
export function parsePortRange(text: string): PortRange | { readonly reason: string } {
  const match = /^(\d*)(?:-(\d+))?$/.exec(text);
  if (match === null || text === "") {
    return { reason: `'${text}' is no port: write one as '80', or a range 'from-to' as in '1-3'` };
  }
  const from = Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  const outside = [from, to].find((port) => port < PORT_MIN || port > PORT_MAX);
  if (match[1] === "" || outside !== undefined) {
    return { reason: `port ${match[1] === "" ? text : outside} is not between ${PORT_MIN} and ${PORT_MAX}` };
  }
  if (from > to) return { reason: `range '${text}' runs backwards: write 'from-to' as in '1-3'` };
  return { from, to };
}

/** Sorted and merged; ranges that touch become one. */
export function formatPortRanges(ranges: readonly PortRange[]): string[] {
  const merged: { from: number; to: number }[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && range.from <= last.to + 1) last.to = Math.max(last.to, range.to);
    else merged.push({ ...range });
  }
  return merged.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
}

/** The fewest ranges that hold all of these, which were read before. */
export function mergePorts(texts: readonly string[]): string[] {
  return formatPortRanges(
    texts.flatMap((text) => {
      const range = parsePortRange(text);
      return "reason" in range ? [] : [range];
    }),
  );
}
