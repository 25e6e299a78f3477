// Names that look like a misspelled one.

const CUTOFF = 0.6;
const COUNT_MAX = 5;

/** Up to five names alike (Ratcliff and Obershelp, 0.6 or more, whatever the case), sorted. */
export function closeMatches(written: string, names: readonly string[]): string[] {
  const wanted = written.toLowerCase();
  const scored = [...new Set(names)].flatMap((name) => {
    const lower = name.toLowerCase();
    // No similarity is above twice the shorter length: most names are ruled out without a comparison.
    const most = (2 * Math.min(wanted.length, lower.length)) / (wanted.length + lower.length || 1);
    if (most < CUTOFF || sharedLetters(wanted, lower) < CUTOFF) return [];
    const score = (2 * commonLength(lower, wanted)) / (wanted.length + lower.length);
    return score >= CUTOFF ? [{ name, score }] : [];
  });
  scored.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, COUNT_MAX).map(({ name }) => name).sort();
}

/** Upper bound of the similarity: letters in common whatever their order. */
function sharedLetters(a: string, b: string): number {
  const counts = new Map<string, number>();
  for (const letter of a) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let shared = 0;
  for (const letter of b) {
    const left = counts.get(letter) ?? 0;
    if (left === 0) continue;
    shared += 1;
    counts.set(letter, left - 1);
  }
  return (2 * shared) / (a.length + b.length || 1);
}

/** Length of the longest common piece, and of those left and right of it. */
function commonLength(a: string, b: string): number {
  if (a === "" || b === "") return 0;
  let best = 0;
  let endA = 0;
  let endB = 0;
  let row = new Uint16Array(b.length + 1);
  for (let i = 1; i <= a.length; i += 1) {
    const next = new Uint16Array(b.length + 1);
    for (let j = 1; j <= b.length; j += 1) {
      if (a[i - 1] !== b[j - 1]) continue;
      const length = (row[j - 1] ?? 0) + 1;
      next[j] = length;
      if (length > best) [best, endA, endB] = [length, i, j];
    }
    row = next;
  }
  if (best === 0) return 0;
  return best + commonLength(a.slice(0, endA - best), b.slice(0, endB - best)) + commonLength(a.slice(endA), b.slice(endB));
}
