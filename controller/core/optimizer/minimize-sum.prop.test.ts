// Elimination, and search when tables are cut small, against trying everything.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { seeded, upTo, type Chance } from "#test/random-market.ts";
import { minimizeSum, sumOf, type PairCost } from "./minimize-sum.ts";

interface Problem {
  readonly single: Float64Array[];
  readonly pairs: PairCost[];
}

function randomProblem(chance: Chance, variables: number, optionsMax: number): Problem {
  const single = Array.from({ length: variables }, () =>
    Float64Array.from({ length: 1 + upTo(chance, optionsMax - 1) }, () => upTo(chance, 20)),
  );
  const pairs: PairCost[] = [];
  for (let a = 0; a < variables; a += 1) {
    for (let b = 0; b < variables; b += 1) {
      if (a === b || chance() > 0.35) continue;
      pairs.push({
        a,
        b,
        cost: Float64Array.from({ length: (single[a]?.length ?? 0) * (single[b]?.length ?? 0) }, () =>
          upTo(chance, 12),
        ),
      });
    }
  }
  return { single, pairs };
}

function leastByTrying({ single, pairs }: Problem): number {
  const choice = single.map(() => 0);
  let least = Number.POSITIVE_INFINITY;
  const visit = (variable: number): void => {
    const options = single[variable];
    if (options === undefined) {
      least = Math.min(least, sumOf(choice, single, pairs));
      return;
    }
    options.forEach((_, option) => {
      choice[variable] = option;
      visit(variable + 1);
    });
  };
  visit(0);
  return least;
}

// Machines that test may be busy with other things.
setDefaultTimeout(120_000);

describe("core/optimizer/minimize-sum", () => {
  test("elimination finds the least sum of 3000 random graphs", () => {
    for (let seed = 0; seed < 3000; seed += 1) {
      const chance = seeded(seed);
      const problem = randomProblem(chance, 1 + upTo(chance, 5), 4);

      const choice = minimizeSum(problem.single, problem.pairs);

      expect({ seed, sum: sumOf(choice, problem.single, problem.pairs) }).toEqual({
        seed,
        sum: leastByTrying(problem),
      });
    }
  });

  test("search finds the same when joint tables hold only a few entries", () => {
    for (let seed = 0; seed < 2000; seed += 1) {
      const chance = seeded(seed + 77_777);
      const problem = randomProblem(chance, 2 + upTo(chance, 4), 4);

      const choice = minimizeSum(problem.single, problem.pairs, 1 + upTo(chance, 8));

      expect({ seed, sum: sumOf(choice, problem.single, problem.pairs) }).toEqual({
        seed,
        sum: leastByTrying(problem),
      });
    }
  });
});
