// Spans of time as they are typed, and days as they are shown.
import { StixError } from "#shared/errors/stix-error.ts";

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of "30m"; a bare number is seconds. */
export function window(text: string, hint = "--since 30m, 24h, 7d or 2w"): number {
  const found = /^(\d+)([smhdw]?)$/.exec(text);
  const unit = units[found?.[2] === "" ? "s" : (found?.[2] ?? "")];
  if (found === null || unit === undefined)
    throw new StixError({ code: "usage", message: `'${text}' is no span of time`, hint });
  return Number(found[1]) * unit;
}

/** "2026-01-31 12:00 UTC" */
export function day(at: number | undefined): string {
  return at === undefined ? "-" : `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
