// Finds the known word nearest to a mistyped one, by the share of letters in common blocks.

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
