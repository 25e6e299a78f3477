// Exact minimum of a sum of costs of single choices and of pairs of choices, over any graph.
// Chains and trees cost as little as dynamic programming, because that is what elimination is on them.

/** Choosing i for `a` and j for `b` costs `cost[i * optionsOf(b) + j]`. */
export interface PairCost {
  readonly a: number;
  readonly b: number;
  readonly cost: Float64Array;
}

interface Factor {
  /** Variables, ascending; the last varies fastest. Empty: a constant. */
  readonly scope: readonly number[];
  readonly table: Float64Array;
}

interface Bucket {
  readonly variable: number;
  readonly own: Factor[];
  readonly received: Factor[];
  readonly sent: Factor[];
}

// A joint table of more entries is split: its minimum is then only a bound, and search makes it exact. 2 MB each.
const TABLE_MAX = 1 << 18;

/** The choice (an option index for each variable) of least total cost. Every variable must have an option. */
export function minimizeSum(
  single: readonly Float64Array[],
  pairs: readonly PairCost[],
  tableMax = TABLE_MAX,
): number[] {
  const kept = undominated(single, pairs);
  const sizes = kept.map((options) => options.length);
  const factors = [
    ...kept.map((options, variable) => singleFactor(single, variable, options)),
    ...pairs.map((pair) => pairFactor(pair, single, kept)),
  ];
  const { buckets, exact } = eliminate(sizes, factors, tableMax);
  const greedy = walkBack(buckets, sizes);
  const best = exact ? greedy : search(buckets, sizes, greedy);
  return best.map((position, variable) => kept[variable]?.[position] ?? 0);
}

/** Total cost of a choice. */
export function sumOf(choice: readonly number[], single: readonly Float64Array[], pairs: readonly PairCost[]): number {
  let total = 0;
  choice.forEach((option, variable) => {
    total += single[variable]?.[option] ?? 0;
  });
  for (const { a, b, cost } of pairs)
    total += cost[(choice[a] ?? 0) * (single[b]?.length ?? 0) + (choice[b] ?? 0)] ?? 0;
  return total;
}

/** Option indices that can be in a best choice: one that another beats wherever the neighbours stand is dropped. */
function undominated(single: readonly Float64Array[], pairs: readonly PairCost[]): number[][] {
  const kept = single.map((costs) => Array.from(costs, (_, option) => option));
  const touching = single.map((_, variable) => pairs.filter((pair) => pair.a === variable || pair.b === variable));
  let again = true;
  while (again) {
    again = false;
    for (const [variable, options] of kept.entries()) {
      const around = { variable, single, near: touching[variable] ?? [], kept };
      for (let at = options.length - 1; at >= 0 && options.length > 1; at -= 1) {
        const loser = options[at] ?? 0;
        if (!options.some((winner) => winner !== loser && beats(winner, loser, around))) continue;
        options.splice(at, 1);
        again = true;
      }
    }
  }
  return kept;
}

interface Surroundings {
  readonly variable: number;
  readonly single: readonly Float64Array[];
  readonly near: readonly PairCost[];
  readonly kept: readonly (readonly number[])[];
}

function beats(winner: number, loser: number, { variable, single, near, kept }: Surroundings): boolean {
  let gain = (single[variable]?.[loser] ?? 0) - (single[variable]?.[winner] ?? 0);
  for (const { a, b, cost } of near) {
    const width = single[b]?.length ?? 0;
    let least = Number.POSITIVE_INFINITY;
    for (const other of kept[a === variable ? b : a] ?? []) {
      const difference =
        a === variable
          ? (cost[loser * width + other] ?? 0) - (cost[winner * width + other] ?? 0)
          : (cost[other * width + loser] ?? 0) - (cost[other * width + winner] ?? 0);
      if (difference < least) least = difference;
    }
    gain += least;
  }
  // Among equals the earlier stays, so that two can never drop each other.
  return gain > 0 || (gain === 0 && winner < loser);
}

function singleFactor(single: readonly Float64Array[], variable: number, options: readonly number[]): Factor {
  return { scope: [variable], table: Float64Array.from(options, (option) => single[variable]?.[option] ?? 0) };
}

function pairFactor(
  { a, b, cost }: PairCost,
  single: readonly Float64Array[],
  kept: readonly (readonly number[])[],
): Factor {
  const width = single[b]?.length ?? 0;
  const [low, high] = a < b ? [a, b] : [b, a];
  const table = new Float64Array((kept[low]?.length ?? 0) * (kept[high]?.length ?? 0));
  let at = 0;
  for (const x of kept[low] ?? []) {
    for (const y of kept[high] ?? []) {
      table[at] = (a < b ? cost[x * width + y] : cost[y * width + x]) ?? 0;
      at += 1;
    }
  }
  return { scope: [low, high], table };
}

function eliminate(
  sizes: readonly number[],
  factors: readonly Factor[],
  tableMax: number,
): { buckets: Bucket[]; exact: boolean } {
  const order = eliminationOrder(sizes, factors);
  const position = new Map(order.map((variable, at) => [variable, at]));
  const buckets = order.map((variable): Bucket => ({ variable, own: [], received: [], sent: [] }));
  const bucketOf = (scope: readonly number[]) =>
    buckets[Math.min(...scope.map((variable) => position.get(variable) ?? 0))];
  for (const factor of factors) bucketOf(factor.scope)?.own.push(factor);
  let exact = true;
  for (const bucket of buckets) {
    const groups = grouped([...bucket.own, ...bucket.received], sizes, tableMax);
    if (groups.length > 1) exact = false;
    for (const group of groups) {
      const message = minimizeOut(group, bucket.variable, sizes);
      bucket.sent.push(message);
      if (message.scope.length > 0) bucketOf(message.scope)?.received.push(message);
    }
  }
  return { buckets, exact };
}

/** At each step the variable whose joint table is smallest. */
function eliminationOrder(sizes: readonly number[], factors: readonly Factor[]): number[] {
  const near = sizes.map(() => new Set<number>());
  for (const { scope } of factors) for (const a of scope) for (const b of scope) if (a !== b) near[a]?.add(b);
  const left = new Set(sizes.keys());
  const order: number[] = [];
  while (left.size > 0) {
    let best = -1;
    let fewest = Number.POSITIVE_INFINITY;
    for (const variable of left) {
      const entries = entriesOf([variable, ...(near[variable] ?? [])], sizes);
      if (entries < fewest || best < 0) [best, fewest] = [variable, entries];
    }
    order.push(best);
    left.delete(best);
    const around = [...(near[best] ?? [])];
    for (const a of around) {
      near[a]?.delete(best);
      for (const b of around) if (a !== b) near[a]?.add(b);
    }
  }
  return order;
}

function grouped(factors: readonly Factor[], sizes: readonly number[], tableMax: number): Factor[][] {
  const groups: { scope: number[]; factors: Factor[] }[] = [];
  for (const factor of [...factors].sort((a, b) => b.scope.length - a.scope.length)) {
    const fitting = groups.find((group) => entriesOf(union(group.scope, factor.scope), sizes) <= tableMax);
    if (fitting === undefined) groups.push({ scope: [...factor.scope], factors: [factor] });
    else {
      fitting.scope = union(fitting.scope, factor.scope);
      fitting.factors.push(factor);
    }
  }
  return groups.map((group) => group.factors);
}

function union(a: readonly number[], b: readonly number[]): number[] {
  return [...new Set([...a, ...b])];
}

function entriesOf(scope: readonly number[], sizes: readonly number[]): number {
  return scope.reduce((product, variable) => product * (sizes[variable] ?? 1), 1);
}

/** The sum of the factors, minimized over one variable, as a factor over the others. */
function minimizeOut(factors: readonly Factor[], variable: number, sizes: readonly number[]): Factor {
  const scope = factors
    .reduce<number[]>((all, factor) => union(all, factor.scope), [])
    .filter((other) => other !== variable)
    .sort((a, b) => a - b);
  const table = new Float64Array(entriesOf(scope, sizes));
  const values = new Array<number>(sizes.length).fill(0);
  for (let entry = 0; entry < table.length; entry += 1) {
    let rest = entry;
    for (let at = scope.length - 1; at >= 0; at -= 1) {
      const other = scope[at] ?? 0;
      const size = sizes[other] ?? 1;
      values[other] = rest % size;
      rest = Math.floor(rest / size);
    }
    let least = Number.POSITIVE_INFINITY;
    for (let option = 0; option < (sizes[variable] ?? 0); option += 1) {
      values[variable] = option;
      const total = valueOf(factors, values, sizes);
      if (total < least) least = total;
    }
    table[entry] = least;
  }
  return { scope, table };
}

function valueOf(factors: readonly Factor[], values: readonly number[], sizes: readonly number[]): number {
  let total = 0;
  for (const { scope, table } of factors) {
    let at = 0;
    for (const variable of scope) at = at * (sizes[variable] ?? 1) + (values[variable] ?? 0);
    total += table[at] ?? 0;
  }
  return total;
}

/** Decides the variables from the last bucket to the first, each as its bucket says. Exact when no bucket was split. */
function walkBack(buckets: readonly Bucket[], sizes: readonly number[]): number[] {
  const values = new Array<number>(sizes.length).fill(0);
  for (const bucket of buckets.toReversed()) {
    const factors = [...bucket.own, ...bucket.received];
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let option = 0; option < (sizes[bucket.variable] ?? 0); option += 1) {
      values[bucket.variable] = option;
      const total = valueOf(factors, values, sizes);
      if (total < least) [best, least] = [option, total];
    }
    values[bucket.variable] = best;
  }
  return values;
}

/** Depth first from the last bucket; what earlier buckets sent is the bound of what they will cost at least. */
function search(buckets: readonly Bucket[], sizes: readonly number[], start: readonly number[]): number[] {
  const own = buckets.flatMap((bucket) => bucket.own);
  let best = [...start];
  let least = valueOf(own, best, sizes);
  const values = [...start];
  const constant = buckets
    .flatMap((bucket) => bucket.sent)
    .reduce((sum, message) => sum + (message.scope.length === 0 ? (message.table[0] ?? 0) : 0), 0);

  function descend(at: number, bound: number): void {
    const bucket = buckets[at];
    if (bucket === undefined) {
      const total = valueOf(own, values, sizes);
      if (total < least) [best, least] = [[...values], total];
      return;
    }
    const rest = bound - valueOf(bucket.sent, values, sizes);
    const factors = [...bucket.own, ...bucket.received];
    const options: { option: number; bound: number }[] = [];
    for (let option = 0; option < (sizes[bucket.variable] ?? 0); option += 1) {
      values[bucket.variable] = option;
      options.push({ option, bound: rest + valueOf(factors, values, sizes) });
    }
    options.sort((a, b) => a.bound - b.bound);
    for (const next of options) {
      if (next.bound >= least - 1e-12) return;
      values[bucket.variable] = next.option;
      descend(at - 1, next.bound);
    }
  }

  descend(buckets.length - 1, constant);
  return best;
}
