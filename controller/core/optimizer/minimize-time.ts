// Exact earliest finish of tasks that wait for each other, when data moved between clouds takes time; then the least cost at that finish.

/** One way to run a task. `group` is the cloud: moving data inside one takes no time. */
export interface TimedOption {
  readonly group: number;
  readonly seconds: number;
  readonly costUsd: number;
}

export interface TimedEdge {
  readonly from: number;
  readonly to: number;
  /** Seconds when the two groups differ. */
  readonly seconds: number;
}

/** An option index for each task, of the earliest finish of all; cheap ones where nothing waits for them. */
export function minimizeTime(options: readonly (readonly TimedOption[])[], edges: readonly TimedEdge[]): number[] {
  const order = topologicalOrder(options.length, edges);
  const problem: TimeProblem = {
    order,
    options,
    edges,
    incoming: options.map((_, task) => edges.filter((edge) => edge.to === task)),
    outgoing: options.map((_, task) => edges.filter((edge) => edge.from === task)),
  };
  const domains = options.map((own, task) => undominated(own, task, problem));
  const start = improved(
    domains.map((domain) => domain[0] ?? 0),
    domains,
    problem,
  );
  return cheapen(search(problem, domains, start), options, edges, order);
}

/** Finish of the last task of a choice, in seconds. */
export function finishOf(
  choice: readonly number[],
  options: readonly (readonly TimedOption[])[],
  edges: readonly TimedEdge[],
  order: readonly number[] = topologicalOrder(options.length, edges),
): number {
  const finish = new Array<number>(options.length).fill(0);
  for (const task of order) {
    const own = options[task]?.[choice[task] ?? 0];
    let start = 0;
    for (const edge of edges) {
      if (edge.to !== task) continue;
      const before = options[edge.from]?.[choice[edge.from] ?? 0];
      start = Math.max(start, (finish[edge.from] ?? 0) + (before?.group === own?.group ? 0 : edge.seconds));
    }
    finish[task] = start + (own?.seconds ?? 0);
  }
  return Math.max(0, ...finish);
}

/** Tasks so that each comes after those it waits for. A cycle's tasks come last, in their own order. */
function topologicalOrder(count: number, edges: readonly { readonly from: number; readonly to: number }[]): number[] {
  const waits = new Array<number>(count).fill(0);
  for (const edge of edges) waits[edge.to] = (waits[edge.to] ?? 0) + 1;
  const ready = waits.flatMap((number, task) => (number === 0 ? [task] : []));
  const order: number[] = [];
  for (let at = 0; at < ready.length; at += 1) {
    const task = ready[at] ?? 0;
    order.push(task);
    for (const edge of edges) {
      if (edge.from !== task) continue;
      waits[edge.to] = (waits[edge.to] ?? 0) - 1;
      if (waits[edge.to] === 0) ready.push(edge.to);
    }
  }
  for (let task = 0; task < count; task += 1) if (!order.includes(task)) order.push(task);
  return order;
}

interface TimeProblem {
  readonly order: readonly number[];
  readonly options: readonly (readonly TimedOption[])[];
  readonly edges: readonly TimedEdge[];
  readonly incoming: readonly (readonly TimedEdge[])[];
  readonly outgoing: readonly (readonly TimedEdge[])[];
}

/** Option indices that still count, fastest first. */
type Domain = readonly number[];

/** Of each cloud the fastest; and none that is slower than another by more than all its data could take to move. */
function undominated(own: readonly TimedOption[], task: number, { incoming, outgoing }: TimeProblem): Domain {
  const longest = (edges: readonly TimedEdge[] | undefined) =>
    Math.max(0, ...(edges ?? []).map((edge) => edge.seconds));
  const moves = longest(incoming[task]) + longest(outgoing[task]);
  const fastest = new Map<number, number>();
  own.forEach((option, at) => {
    const before = fastest.get(option.group);
    if (before === undefined || option.seconds < (own[before]?.seconds ?? 0)) fastest.set(option.group, at);
  });
  const seconds = (at: number) => own[at]?.seconds ?? 0;
  const sorted = [...fastest.values()].sort(
    (a, b) => seconds(a) - seconds(b) || (own[a]?.costUsd ?? 0) - (own[b]?.costUsd ?? 0),
  );
  const least = seconds(sorted[0] ?? 0);
  return sorted.filter((at, rank) => rank === 0 || seconds(at) < least + moves);
}

/** A choice that no change of one task alone makes finish earlier. */
function improved(
  start: readonly number[],
  domains: readonly Domain[],
  { options, edges, order }: TimeProblem,
): number[] {
  const choice = [...start];
  let finish = finishOf(choice, options, edges, order);
  for (let changed = true; changed;) {
    changed = false;
    for (const task of order) {
      for (const at of domains[task] ?? []) {
        const before = choice[task] ?? 0;
        choice[task] = at;
        const now = finishOf(choice, options, edges, order);
        if (now < finish) [finish, changed] = [now, true];
        else choice[task] = before;
      }
    }
  }
  return choice;
}

interface Bounds {
  /** By task and place in its domain: earliest end of the task, each path to it by itself. */
  readonly heads: readonly (readonly number[])[];
  /** By task and place in its domain: least time from its end to the last end. */
  readonly tails: readonly (readonly number[])[];
}

/**
 * Narrows the domains by what each option must take at least before and after it, then tries the options of one task of
 * the longest path after the other. When each task has one option left, the bounds are the finish itself.
 */
function search(problem: TimeProblem, domains: readonly Domain[], start: readonly number[]): number[] {
  let best = [...start];
  let earliest = finishOf(best, problem.options, problem.edges, problem.order);

  function descend(given: readonly Domain[]): void {
    const narrowed = narrow(given, problem, earliest);
    if (narrowed === null) return;
    const { domains: left, bounds } = narrowed;
    const guess = left.map((domain, task) => domain[leastAt(bounds, task)] ?? 0);
    const finish = finishOf(guess, problem.options, problem.edges, problem.order);
    if (finish < earliest) [best, earliest] = [guess, finish];
    const task = branchTask(left, bounds);
    if (task < 0) return;
    const own = left[task] ?? [];
    const ranked = own
      .map((option, place) => ({ option, bound: through(bounds, task, place) }))
      .sort((a, b) => a.bound - b.bound);
    for (const { option, bound } of ranked) {
      if (bound >= earliest) return;
      descend(left.map((domain, other) => (other === task ? [option] : domain)));
    }
  }

  descend(domains);
  return best;
}

/** The domains without options that cannot finish before `earliest`; null when some task has none left. */
function narrow(
  given: readonly Domain[],
  problem: TimeProblem,
  earliest: number,
): { readonly domains: readonly Domain[]; readonly bounds: Bounds } | null {
  let domains = given;
  for (;;) {
    const bounds = boundsOf(domains, problem);
    const kept = domains.map((domain, task) => domain.filter((_, place) => through(bounds, task, place) < earliest));
    if (kept.some((domain) => domain.length === 0)) return null;
    if (kept.every((domain, task) => domain.length === domains[task]?.length)) return { domains, bounds };
    domains = kept;
  }
}

function boundsOf(domains: readonly Domain[], { order, options, incoming, outgoing }: TimeProblem): Bounds {
  const heads = domains.map((domain) => domain.map(() => 0));
  const tails = domains.map((domain) => domain.map(() => 0));
  const optionOf = (task: number, place: number) => options[task]?.[domains[task]?.[place] ?? 0];
  for (const task of order) {
    domains[task]?.forEach((_, place) => {
      const own = optionOf(task, place);
      let start = 0;
      for (const edge of incoming[task] ?? []) {
        let least = Number.POSITIVE_INFINITY;
        heads[edge.from]?.forEach((head, from) => {
          least = Math.min(least, head + (optionOf(edge.from, from)?.group === own?.group ? 0 : edge.seconds));
        });
        start = Math.max(start, least);
      }
      (heads[task] ?? [])[place] = start + (own?.seconds ?? 0);
    });
  }
  for (const task of order.toReversed()) {
    domains[task]?.forEach((_, place) => {
      const own = optionOf(task, place);
      let longest = 0;
      for (const edge of outgoing[task] ?? []) {
        let least = Number.POSITIVE_INFINITY;
        tails[edge.to]?.forEach((tail, to) => {
          const next = optionOf(edge.to, to);
          least = Math.min(least, (next?.group === own?.group ? 0 : edge.seconds) + (next?.seconds ?? 0) + tail);
        });
        longest = Math.max(longest, least);
      }
      (tails[task] ?? [])[place] = longest;
    });
  }
  return { heads, tails };
}

/** Least length of a path through the option. */
function through({ heads, tails }: Bounds, task: number, place: number): number {
  return (heads[task]?.[place] ?? 0) + (tails[task]?.[place] ?? 0);
}

function leastAt(bounds: Bounds, task: number): number {
  const count = bounds.heads[task]?.length ?? 0;
  let best = 0;
  for (let place = 1; place < count; place += 1)
    if (through(bounds, task, place) < through(bounds, task, best)) best = place;
  return best;
}

/** The undecided task on the longest path, of several the one with the fewest options; -1 when all are decided. */
function branchTask(domains: readonly Domain[], bounds: Bounds): number {
  let best = -1;
  let bestRank: readonly [number, number] = [Number.NEGATIVE_INFINITY, 0];
  for (const [task, domain] of domains.entries()) {
    if (domain.length < 2) continue;
    const rank = [through(bounds, task, leastAt(bounds, task)), -domain.length] as const;
    if (rank[0] > bestRank[0] || (rank[0] === bestRank[0] && rank[1] > bestRank[1])) [best, bestRank] = [task, rank];
  }
  return best;
}

/** Cheaper options one task at a time, as long as the finish does not move. */
function cheapen(
  start: readonly number[],
  options: readonly (readonly TimedOption[])[],
  edges: readonly TimedEdge[],
  order: readonly number[],
): number[] {
  const choice = [...start];
  const finish = finishOf(choice, options, edges, order);
  for (let changed = true; changed;) {
    changed = false;
    for (const [task, own] of options.entries()) {
      const current = choice[task] ?? 0;
      for (const [at, option] of own.entries()) {
        if (option.costUsd >= (own[choice[task] ?? 0]?.costUsd ?? 0)) continue;
        const before = choice[task] ?? 0;
        choice[task] = at;
        if (finishOf(choice, options, edges, order) > finish) choice[task] = before;
      }
      if (choice[task] !== current) changed = true;
    }
  }
  return choice;
}
