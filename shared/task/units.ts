// Reads the numbers with units that users write: memory, disk, time. Binary units: 1 GB is 1024 MB.
import { pythonFloat, pythonStrip } from "../yaml/python-text.ts";

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
  const trimmed = pythonStrip(text);
  if (!/^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+)?$/.test(trimmed)) return undefined;
  return Number(trimmed.replace(/_/g, ""));
}

/** A whole number as Python's `int` reads it. */
export function wholeNumber(text: string): number | undefined {
  const trimmed = pythonStrip(text);
  return /^[-+]?\d+(?:_\d+)*$/.test(trimmed) ? Number(trimmed.replace(/_/g, "")) : undefined;
}

/** GiB of text with a unit ("16GB", "1500 mb"); undefined without one or for an unknown unit ("16G"). `read` reads the number. */
export function gibWithUnit(text: string, read: (amount: string) => number | undefined = decimal): number | undefined {
  const match = /^(.*)([kmgtp][bi])$/is.exec(text);
  const value = match?.[1] === undefined ? undefined : read(match[1]);
  const factor = GIB_BY_UNIT[match?.[2]?.toLowerCase() ?? ""];
  return value === undefined || factor === undefined ? undefined : value * factor;
}

export interface MemoryForm {
  /** Whole numbers alone, before the unit too: "1.5TB" is none. */
  readonly isWhole: boolean;
  /** What is no whole number of GiB is rounded down instead of refused. */
  readonly isRounding?: boolean;
  readonly allowPlus?: boolean;
  /** "x": GiB a vCPU. */
  readonly allowX?: boolean;
}

/**
 * An amount of memory as text of GiB, with its unit worked in and its suffixes in the order "+x": "16GB+" is "16.0+", or "16+"
 * where whole numbers are asked for. A number without a unit stays as written. Undefined for what is none.
 */
export function memoryText(text: string, form: MemoryForm): string | undefined {
  const plus = text.endsWith("+") ? "+" : "";
  const withoutPlus = plus === "" ? text : text.slice(0, -1);
  const times = withoutPlus.endsWith("x") ? "x" : "";
  if ((plus !== "" && form.allowPlus !== true) || (times !== "" && form.allowX !== true)) return undefined;
  const amount = times === "" ? withoutPlus : withoutPlus.slice(0, -1);
  const isPlain = (form.isWhole ? wholeNumber(amount) : decimal(amount)) !== undefined;
  const gib = isPlain ? amount : gibText(amount, form);
  return gib === undefined ? undefined : gib + plus + times;
}

function gibText(amount: string, form: MemoryForm): string | undefined {
  if (!form.isWhole) {
    const gib = gibWithUnit(amount);
    return gib === undefined ? undefined : pythonFloat(gib);
  }
  const gib = gibWithUnit(amount, wholeNumber);
  if (gib === undefined || (form.isRounding !== true && !Number.isInteger(gib))) return undefined;
  return String(BigInt(Math.trunc(gib)));
}

/** Whole GiB of a number or of text with a unit; undefined when it is no whole number of GiB. */
export function wholeGib(text: string, options: { readonly isRounding?: boolean } = {}): number | undefined {
  const read = memoryText(text, { isWhole: true, ...options });
  return read === undefined ? undefined : wholeNumber(read);
}

/** Minutes of "30", "30m", "1.5h", "1d" or "1w"; fractions are rounded up; undefined for others. */
export function minutes(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const factor = MINUTES_BY_UNIT[text.slice(-1).toLowerCase()];
  const amount = decimal(text.slice(0, -1));
  return factor === undefined || amount === undefined || amount < 0 ? undefined : Math.ceil(amount * factor);
}
