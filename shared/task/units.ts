// Reads the numbers with units that users write: memory, disk, time. Binary units: 1 GB is 1024 MB.

const GIB_BY_UNIT: Readonly<Record<string, number>> = {
  kb: 1024 ** -2,
  ki: 1024 ** -2,
  mb: 1024 ** -1,
  mi: 1024 ** -1,
  gb: 1,
  gi: 1,
  tb: 1024,
  ti: 1024,
  pb: 1024 ** 2,
  pi: 1024 ** 2,
};

const MINUTES_BY_UNIT: Readonly<Record<string, number>> = { m: 1, h: 60, d: 60 * 24, w: 60 * 24 * 7 };

/** A number as Python's `float` reads it: spaces around, underscores between digits; undefined for others. */
export function decimal(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+)?$/.test(trimmed)) return undefined;
  return Number(trimmed.replace(/_/g, ""));
}

/** A whole number as Python's `int` reads it. */
export function wholeNumber(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[-+]?\d+(?:_\d+)*$/.test(trimmed) ? Number(trimmed.replace(/_/g, "")) : undefined;
}

/** GiB of text with a unit ("16GB", "1500 mb"); undefined without one or for an unknown unit ("16G"). */
export function gibWithUnit(text: string): number | undefined {
  const match = /^(.*?)\s*([kmgtp][bi])$/i.exec(text.trim());
  const value = match?.[1] === undefined ? undefined : decimal(match[1]);
  const factor = GIB_BY_UNIT[match?.[2]?.toLowerCase() ?? ""];
  return value === undefined || factor === undefined ? undefined : value * factor;
}

/** Whole GiB of a number or of text with a unit; undefined when it is no whole number of GiB. */
export function wholeGib(text: string): number | undefined {
  const plain = wholeNumber(text);
  if (plain !== undefined) return plain;
  const withUnit = gibWithUnit(text);
  return withUnit !== undefined && Number.isInteger(withUnit) ? withUnit : undefined;
}

/** Minutes of "30", "30m", "1.5h", "1d" or "1w"; fractions are rounded up; undefined for others. */
export function minutes(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const factor = MINUTES_BY_UNIT[text.slice(-1).toLowerCase()];
  const amount = decimal(text.slice(0, -1));
  return factor === undefined || amount === undefined || amount < 0 ? undefined : Math.ceil(amount * factor);
}
