// Names of clusters as users give them: exact, or with *, ? and [..].

/** True when the pattern has a wildcard. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

/** Shell-like matching of a whole name. */
export function matches(pattern: string, name: string): boolean {
  if (!isPattern(pattern)) return pattern === name;
  return new Bun.Glob(pattern).match(name);
}

/** Which of the patterns match none of the names. */
export function unmatched(patterns: readonly string[], names: readonly string[]): readonly string[] {
  return patterns.filter((pattern) => !names.some((name) => matches(pattern, name)));
}
