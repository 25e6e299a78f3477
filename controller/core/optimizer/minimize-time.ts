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
  const incoming = options.map((_, task) => edges.filter((edge) => edge.to === task));
  const outgoing = options.map((_, task) => edges.filter((edge) => edge.from === task));
  const tails = tailBounds(order, options, outgoing);
  const fastest = search({ order, options, incoming, tails });
  return cheapen(fastest, options, edges, order);
}

/** Finish of the last task of a choice, in seconds. */
export function finishOf(choice: readonly number[], options: readonly (readonly TimedOption[])[], edges: readonly TimedEdge[], order = topologicalOrder(options.length, edges)): number {
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

/** By task and option: seconds from the task's end to the last end at least, each path by itself. */
function tailBounds(order: readonly number[], options: readonly (readonly TimedOption[])[], outgoing: readonly (readonly TimedEdge[])[]): Float64Array[] {
  const tails = options.map((own) => new Float64Array(own.length));
  for (const task of order.toReversed()) {
    options[task]?.forEach((own, at) => {
      let longest = 0;
      for (const edge of outgoing[task] ?? []) {
        let least = Number.POSITIVE_INFINITY;
        options[edge.to]?.forEach((next, to) => {
          const seconds = (next.group === own.group ? 0 : edge.seconds) + next.seconds + (tails[edge.to]?.[to] ?? 0);
          if (seconds < least) least = seconds;
        });
        longest = Math.max(longest, least);
      }
      const tail = tails[task];
      if (tail !== undefined) tail[at] = longest;
    });
  }
  return tails;
}

interface TimeProblem {
  readonly order: readonly number[];
  readonly options: readonly (readonly TimedOption[])[];
  readonly incoming: readonly (readonly TimedEdge[])[];
  readonly tails: readonly Float64Array[];
}

function search({ order, options, incoming, tails }: TimeProblem): number[] {
  const choice = new Array<number>(options.length).fill(0);
  const finish = new Array<number>(options.length).fill(0);
  let best: number[] = [...choice];
  let earliest = Number.POSITIVE_INFINITY;
  // No choice can finish before every task's own best path does.
  const floor = Math.max(0, ...options.map((own, task) => Math.min(...own.map((option, at) => option.seconds + (tails[task]?.[at] ?? 0)))));

  function descend(depth: number, bound: number): void {
    if (earliest <= floor) return;
    const task = order[depth];
    if (task === undefined) {
      if (bound < earliest) [best, earliest] = [[...choice], bound];
      return;
    }
    const ways = (options[task] ?? []).map((own, at) => {
      let start = 0;
      for (const edge of incoming[task] ?? []) {
        const before = options[edge.from]?.[choice[edge.from] ?? 0];
        start = Math.max(start, (finish[edge.from] ?? 0) + (before?.group === own.group ? 0 : edge.seconds));
      }
      const end = start + own.seconds;
      return { at, end, bound: Math.max(bound, end + (tails[task]?.[at] ?? 0)), costUsd: own.costUsd };
    });
    ways.sort((a, b) => a.bound - b.bound || a.end - b.end || a.costUsd - b.costUsd);
    for (const way of ways) {
      if (way.bound >= earliest) return;
      choice[task] = way.at;
      finish[task] = way.end;
      descend(depth + 1, way.bound);
    }
  }

  descend(0, 0);
  return best;
}

/** Cheaper options one task at a time, as long as the finish does not move. */
function cheapen(start: readonly number[], options: readonly (readonly TimedOption[])[], edges: readonly TimedEdge[], order: readonly number[]): number[] {
  const choice = [...start];
  const finish = finishOf(choice, options, edges, [...order]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [task, own] of options.entries()) {
      const current = choice[task] ?? 0;
      for (const [at, option] of own.entries()) {
        if (option.costUsd >= (own[choice[task] ?? 0]?.costUsd ?? 0)) continue;
        const before = choice[task] ?? 0;
        choice[task] = at;
        if (finishOf(choice, options, edges, [...order]) > finish) choice[task] = before;
      }
      if (choice[task] !== current) changed = true;
    }
  }
  return choice;
}
