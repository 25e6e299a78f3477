// Spans of time as people read them.

const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

const units = [
  { seconds: YEAR, one: "yr", many: "yrs" },
  { seconds: MONTH, one: "mo", many: "mos" },
  { seconds: WEEK, one: "week", many: "weeks" },
  { seconds: DAY, one: "day", many: "days" },
  { seconds: HOUR, one: "hr", many: "hrs" },
  { seconds: MINUTE, one: "min", many: "mins" },
  { seconds: SECOND, one: "sec", many: "secs" },
] as const;

/** "2 mins ago", "1 hr ago", "< 1 sec"; "-" when unset. Instants in seconds since the epoch. */
export function ago(at: number | null | undefined, now: number): string {
  if (at === null || at === undefined || at <= 0) return "-";
  const seconds = Math.floor(now - at);
  if (seconds < 1) return "< 1 second";
  const unit = units.find((one) => seconds >= one.seconds);
  if (unit === undefined) return "-";
  const count = Math.floor(seconds / unit.seconds);
  return `${count} ${count === 1 ? unit.one : unit.many} ago`;
}

/** "1h 2m 23s", "3d 4h", "2mo 1d"; "-" when the beginning is unset. */
export function span(from: number | null | undefined, to: number): string {
  if (from === null || from === undefined || from <= 0) return "-";
  const seconds = Math.max(0, Math.floor(to - from));
  const parts: string[] = [];
  let rest = seconds;
  for (const [size, mark] of [
    [MONTH, "mo"],
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "m"],
    [SECOND, "s"],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${mark}`);
  }
  return parts.length === 0 ? "0s" : parts.slice(0, 3).join(" ");
}
