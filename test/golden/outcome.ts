// What a runner says about one recorded case, and how expected and found are compared.

export interface Outcome {
  /** Shown for a failing case. */
  readonly title: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly found: string;
}

/** Equal as JSON, whatever the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? "undefined";
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

export function compare(title: string, expected: unknown, found: unknown): Outcome {
  return { title, passed: sameJson(expected, found), expected: canonical(expected), found: canonical(found) };
}
