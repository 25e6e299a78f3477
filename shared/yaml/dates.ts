// Dates that YAML reads become text again where nothing knows dates.

/** The value with every date in it as the text Python would print. */
export function datesAsText<Value>(value: Value): Value {
  return asPlain(value) as Value;
}

function asPlain(value: unknown): unknown {
  if (typeof value === "symbol") return value.description ?? "";
  if (Array.isArray(value)) return value.map(asPlain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asPlain(inner)]));
}
