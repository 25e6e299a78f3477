// Finds the known words nearest to a mistyped one, by the share of letters in common blocks.

const SHARE_MIN = 0.6;

// No key is longer; comparing costs the product of the lengths.
const LENGTH_MAX = 80;

/** The word of `known` most like `word`, or undefined when none shares enough. Ties go to the later in the alphabet. */
export function similarWord(word: string, known: readonly string[]): string | undefined {
  if (word.length > LENGTH_MAX) return undefined;
  const scored = known
    .map((candidate) => ({ candidate, share: sharedLetters(candidate, word) }))
    .filter(({ share }) => share >= SHARE_MIN);
  scored.sort((a, b) => b.share - a.share || (a.candidate < b.candidate ? 1 : -1));
  return scored[0]?.candidate;
}

const NEAREST_MAX = 5;

/**
 * Up to `most` (5) names like the written one, the likest first, whatever the case. Letters that look like digits count as these:
 * "H1OO" is "H100", and when a name is the same but for them it is the only answer.
 */
export function nearestNames(written: string, names: Iterable<string>, most = NEAREST_MAX): string[] {
  if (written.length > LENGTH_MAX) return [];
  const wanted = written.toLowerCase();
  const wantedDigits = lookAlike(wanted);
  const scored = [...new Set(names)].flatMap((name) => {
    const lower = name.toLowerCase();
    const share = Math.max(shareAbove(lower, wanted), shareAbove(lookAlike(lower), wantedDigits));
    return share >= SHARE_MIN ? [{ name, share }] : [];
  });
  scored.sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1));
  const [first] = scored;
  return first?.share === 1 ? [first.name] : scored.slice(0, most).map(({ name }) => name);
}

function lookAlike(lower: string): string {
  return lower.replaceAll("o", "0").replaceAll(/[il]/g, "1");
}

/** The share, or 0 where it cannot reach the least: no share is above twice the letters in common, in whatever order. */
function shareAbove(a: string, b: string): number {
  const total = a.length + b.length;
  if (
    total === 0 ||
    (2 * Math.min(a.length, b.length)) / total < SHARE_MIN ||
    (2 * commonLetters(a, b)) / total < SHARE_MIN
  )
    return 0;
  return sharedLetters(a, b);
}

function commonLetters(a: string, b: string): number {
  const counts = new Map<string, number>();
  for (const letter of a) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let common = 0;
  for (const letter of b) {
    const left = counts.get(letter) ?? 0;
    if (left === 0) continue;
    common += 1;
    counts.set(letter, left - 1);
  }
  return common;
}

// A list that is longer is no help in a message.
const LISTED_MAX = 8;

/** "did you mean a, b", or the first few of the names with a word on the rest. `what`: what they are, in the plural. */
export function namesHint(written: string, names: Iterable<string>, what: string): string {
  const all = [...new Set(names)];
  const near = nearestNames(written, all);
  if (near.length > 0) return `did you mean ${near.join(" or ")}`;
  const shown = all.sort().slice(0, LISTED_MAX);
  return `${what}: ${shown.join(", ")}${all.length > shown.length ? ` and ${all.length - shown.length} more` : ""}`;
}

/** Ratcliff and Obershelp's measure: twice the letters in matching blocks over the letters of both. */
export function sharedLetters(a: string, b: string): number {
  const total = a.length + b.length;
  return total === 0 ? 1 : (2 * matchingLetters(a, b)) / total;
}

function matchingLetters(a: string, b: string): number {
  const block = longestBlock(a, b);
  if (block.size === 0) return 0;
  return (
    block.size +
    matchingLetters(a.slice(0, block.startA), b.slice(0, block.startB)) +
    matchingLetters(a.slice(block.startA + block.size), b.slice(block.startB + block.size))
  );
}

/** The first longest run of letters that both have. */
function longestBlock(a: string, b: string): { startA: number; startB: number; size: number } {
  let best = { startA: 0, startB: 0, size: 0 };
  let previous: number[] = [];
  for (let i = 0; i < a.length; i++) {
    const current: number[] = [];
    for (let j = 0; j < b.length; j++) {
      if (a[i] !== b[j]) continue;
      const size = (previous[j - 1] ?? 0) + 1;
      current[j] = size;
      if (size > best.size) best = { startA: i - size + 1, startB: j - size + 1, size };
    }
    previous = current;
  }
  return best;
}
