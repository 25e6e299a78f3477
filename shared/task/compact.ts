// Mappings without what is not there.

/** Null means not given, at the top level of a section. */
export function withoutNulls(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
}

type Compact<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** Drops what is undefined: absent means that the user did not say. */
export function compact<Value extends object>(value: Value): Compact<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Compact<Value>;
}
