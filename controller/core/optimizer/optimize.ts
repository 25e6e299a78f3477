// Chooses where each task runs: the cheapest (or fastest) machines that fit, counting what moving data between clouds costs.
import type { Resources } from "#shared/task/task.ts";
import { searchCandidates, type CandidateColumns, type SearchOptions } from "./candidates.ts";
import { nothingFits } from "./infeasible.ts";
import { minimizeSum, type PairCost } from "./minimize-sum.ts";
import { finishOf, minimizeTime, type TimedEdge, type TimedOption } from "./minimize-time.ts";
import type { DataMove, Infeasible, OptimizeRequest, Plan, PlannedTask, TaskRequest } from "./request.ts";
import { resolveResources } from "./resolve.ts";
import { bestOfGroups, cloudAt, frontier, typesBeside, weigh, weighedAt, type Weights } from "./weigh.ts";

/** 10 Gbit/s between clouds. */
const SECONDS_PER_GB = 0.8;

interface Prepared {
  readonly task: TaskRequest;
  readonly alternatives: readonly Resources[];
  readonly columns: CandidateColumns;
  readonly weights: Weights;
  /** Candidates that can be in a best plan. */
  readonly options: readonly number[];
}

/** The best plan, or why there is none. Exact: no other choice of offers has a lower total. */
export function optimize(request: OptimizeRequest): Plan | Infeasible {
  const warnings: string[] = [];
  const prepared: Prepared[] = [];
  for (const [index, task] of request.tasks.entries()) {
    const one = prepare(task, index, request, warnings);
    if ("kind" in one) return one;
    prepared.push(one);
  }
  const choice = request.target === "cost" ? chooseCheapest(prepared, request) : chooseFastest(prepared, request);
  return planOf(prepared, choice, request, warnings);
}

function prepare(
  task: TaskRequest,
  index: number,
  request: OptimizeRequest,
  warnings: string[],
): Prepared | Infeasible {
  const alternatives: Resources[] = [];
  let refused: Infeasible | null = null;
  for (const written of task.resources.alternatives) {
    const resolution = resolveResources(written, request);
    if (resolution.kind === "resolved") {
      alternatives.push(resolution.resources);
      if (resolution.note !== undefined) warnings.push(resolution.note);
      continue;
    }
    refused = {
      kind: "infeasible",
      task: index,
      story: [],
      suggestions: [],
      reasons: [],
      relax: null,
      exception: resolution.exception,
      message: resolution.message,
      hint: resolution.hint,
    };
    // An alternative on a cloud that is not enabled leaves the others; anything else is a slip in the file.
    if (resolution.exception !== "ResourcesUnavailableError") return refused;
    warnings.push(`task '${task.name}': ${resolution.message}`);
  }
  if (alternatives.length === 0 && refused !== null) return refused;
  const options: SearchOptions = {
    enabledClouds: request.enabledClouds,
    blocked: request.blocked ?? [],
    view: request.view,
  };
  const { columns, excluded } = searchCandidates(task, alternatives, options);
  if (columns.row.length === 0)
    return nothingFits(
      task,
      index,
      alternatives,
      excluded,
      request.devices === undefined ? options : { ...options, devices: request.devices },
    );
  const weights = weigh(task, columns, request);
  const first = task.resources.kind === "list" ? firstAlternative(columns) : null;
  return { task, alternatives, columns, weights, options: frontier(columns, weights, request.target, first) };
}

function firstAlternative(columns: CandidateColumns): number {
  return columns.alternative.reduce((least, alternative) => Math.min(least, alternative), Number.POSITIVE_INFINITY);
}

function chooseCheapest(prepared: readonly Prepared[], request: OptimizeRequest): number[] {
  const single = prepared.map(({ options, weights, columns, task }, index) =>
    Float64Array.from(
      options,
      (at) => (weights.costUsd[at] ?? 0) + inputMove(task, columns, at, index, request).costUsd,
    ),
  );
  const pairs = (request.edges ?? []).flatMap(([from, to]): PairCost[] => {
    const [source, sink] = [prepared[from], prepared[to]];
    if (source === undefined || sink === undefined) return [];
    const cost = new Float64Array(source.options.length * sink.options.length);
    source.options.forEach((a, i) => {
      sink.options.forEach((b, j) => {
        cost[i * sink.options.length + j] = egressUsd(
          request,
          cloudAt(source.columns, a),
          cloudAt(sink.columns, b),
          source.task.outputsGb ?? 0,
        );
      });
    });
    return [{ a: from, b: to, cost }];
  });
  return minimizeSum(single, pairs).map((option, index) => prepared[index]?.options[option] ?? 0);
}

function chooseFastest(prepared: readonly Prepared[], request: OptimizeRequest): number[] {
  const { options, edges } = timed(
    prepared,
    request,
    prepared.map((one) => one.options),
  );
  return minimizeTime(options, edges).map((option, index) => prepared[index]?.options[option] ?? 0);
}

function timed(
  prepared: readonly Prepared[],
  request: OptimizeRequest,
  chosen: readonly (readonly number[])[],
): { options: TimedOption[][]; edges: TimedEdge[] } {
  const groups = new Map<string, number>();
  const groupOf = (cloud: string) => {
    const known = groups.get(cloud) ?? groups.size;
    groups.set(cloud, known);
    return known;
  };
  const options = prepared.map(({ columns, weights, task }, index) =>
    (chosen[index] ?? []).map((at) => ({
      group: groupOf(cloudAt(columns, at)),
      seconds: (weights.seconds[at] ?? 0) + inputMove(task, columns, at, index, request).seconds,
      costUsd: weights.costUsd[at] ?? 0,
    })),
  );
  const edges = (request.edges ?? []).map(([from, to]) => ({
    from,
    to,
    seconds: (prepared[from]?.task.outputsGb ?? 0) * SECONDS_PER_GB,
  }));
  return { options, edges };
}

/** Reading the inputs from their bucket; only a task that waits for no other reads them. */
function inputMove(
  task: TaskRequest,
  columns: CandidateColumns,
  at: number,
  index: number,
  request: OptimizeRequest,
): { costUsd: number; seconds: number } {
  const inputs = task.inputs;
  const isFirst = !(request.edges ?? []).some(([, to]) => to === index);
  if (inputs === undefined || inputs.cloud === null || !isFirst || inputs.cloud === cloudAt(columns, at))
    return { costUsd: 0, seconds: 0 };
  return {
    costUsd: egressUsd(request, inputs.cloud, cloudAt(columns, at), inputs.sizeGb),
    seconds: inputs.sizeGb * SECONDS_PER_GB,
  };
}

function egressUsd(request: OptimizeRequest, from: string, to: string, sizeGb: number): number {
  return from === to || sizeGb <= 0 ? 0 : request.view(from).rules.egressUsd(sizeGb);
}

function planOf(
  prepared: readonly Prepared[],
  choice: readonly number[],
  request: OptimizeRequest,
  warnings: readonly string[],
): Plan {
  const tasks = prepared.map((one, index) => planned(one, choice[index] ?? 0, request));
  const moves = movesOf(prepared, choice, request);
  const { options, edges } = timed(
    prepared,
    request,
    choice.map((at) => [at]),
  );
  return {
    kind: "plan",
    target: request.target,
    tasks,
    moves,
    costUsd:
      tasks.reduce((sum, task) => sum + task.chosen.costUsd, 0) + moves.reduce((sum, move) => sum + move.costUsd, 0),
    seconds: finishOf(
      choice.map(() => 0),
      options,
      edges,
    ),
    warnings,
  };
}

function planned(
  { task, columns, weights, alternatives }: Prepared,
  at: number,
  request: OptimizeRequest,
): PlannedTask {
  return {
    name: task.name,
    numNodes: task.numNodes,
    chosen: weighedAt(columns, weights, at),
    considered: bestOfGroups(columns, weights, request.target, {
      hasDevices: alternatives.map((resources) => resources.accelerator !== undefined),
      isOrdered: task.resources.kind === "list",
    }),
    candidateCount: columns.row.length,
    sameCloudTypes: typesBeside(columns, weights, at),
    resources: alternatives[columns.alternative[at] ?? 0] ?? {},
  };
}

function movesOf(prepared: readonly Prepared[], choice: readonly number[], request: OptimizeRequest): DataMove[] {
  const cloudOf = (index: number) => {
    const one = prepared[index];
    return one === undefined ? "" : cloudAt(one.columns, choice[index] ?? 0);
  };
  const moves: DataMove[] = [];
  prepared.forEach(({ task, columns }, index) => {
    const inputs = task.inputs;
    const move = inputMove(task, columns, choice[index] ?? 0, index, request);
    if (inputs === undefined || inputs.cloud === null || move.seconds === 0) return;
    moves.push({
      from: -1,
      to: index,
      fromCloud: inputs.cloud,
      toCloud: cloudOf(index),
      sizeGb: inputs.sizeGb,
      ...move,
    });
  });
  for (const [from, to] of request.edges ?? []) {
    const sizeGb = prepared[from]?.task.outputsGb ?? 0;
    const [fromCloud, toCloud] = [cloudOf(from), cloudOf(to)];
    if (fromCloud === toCloud || sizeGb <= 0) continue;
    moves.push({
      from,
      to,
      fromCloud,
      toCloud,
      sizeGb,
      costUsd: egressUsd(request, fromCloud, toCloud, sizeGb),
      seconds: sizeGb * SECONDS_PER_GB,
    });
  }
  return moves;
}
