// Place after place until one gives a cluster its machines: load the ledger, decide, do one effect, again. What is in memory here
// only saves questions; whoever goes on after a crash finds everything in the rows.
import { attemptState } from "#shared/lifecycle/attempt.ts";
import { decideNext, RETRY_UNTIL_UP_MS } from "#controller/core/failover/decide.ts";
import type { Block, Effect, PlanAnswer } from "#controller/core/failover/facts.ts";
import { refusalTable } from "#controller/core/failover/refusal-table.ts";
import { attemptKey } from "#controller/core/cluster/names.ts";
import type { AttemptRecord } from "#controller/ports/attempts.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import { invariant, isStixError, StixError } from "#shared/errors/stix-error.ts";
import { providerError } from "../find-cluster.ts";
import type { OperationContext } from "../operation.ts";
import { Pause } from "../pause.ts";
import type { LaunchPlan } from "../plan-launch.ts";
import { ensureClusterRow, placeText, type NewCluster } from "../provision.ts";
import { forgetCluster } from "../remove-cluster.ts";
import { adoptAttempt, createAttempt, removeAttempt } from "./attempts.ts";

export interface MachinesWish {
  readonly cluster: Omit<NewCluster, "resources">;
  readonly retryUntilUp: boolean;
  /** The best place outside of `blocked`. Throws the StixError that says why there is none. */
  plan(blocked: readonly Block[]): Promise<LaunchPlan>;
}

/** What one run remembers. */
interface Run {
  cid: string | null;
  plan: PlanAnswer | null;
  planned: LaunchPlan | null;
  /** Why there was no plan. */
  why: StixError | null;
  heard: { readonly id: string; readonly instances: readonly Instance[] } | null;
  readonly toldPlaces: Set<string>;
}

/** The cluster with the machines that it owns now. Throws the last refusal when no place gives any; the cluster is forgotten then. */
export async function haveMachines(context: OperationContext, wish: MachinesWish): Promise<ClusterRecord> {
  const { world, request, signal } = context;
  const run: Run = { cid: null, plan: null, planned: null, why: null, heard: null, toldPlaces: new Set() };
  for (;;) {
    signal.throwIfAborted();
    const cluster = await sameCluster(context, run, wish.cluster.name);
    const attempts = cluster === null ? [] : await world.clusters.attempts(cluster.cid);
    const effect = decideNext(
      {
        requestId: request.id,
        attempts,
        plan: run.plan,
        heard: run.heard?.id ?? null,
        retryUntilUp: wish.retryUntilUp,
      },
      world.clock.now(),
    );
    if (effect.do === "ready" && cluster !== null) return cluster;
    if (effect.do === "give-up") throw await giveUp(context, { run, cluster, attempts, effect });
    await act(context, { wish, run, cluster, attempts, effect });
  }
}

/** The living cluster of the name. Throws cluster-not-up when it is another one than before: somebody took it down meanwhile. */
async function sameCluster({ world }: OperationContext, run: Run, name: string): Promise<ClusterRecord | null> {
  const cluster = await world.clusters.findByName(name);
  if (run.cid !== null && cluster?.cid !== run.cid) {
    throw new StixError({
      code: "cluster-not-up",
      message: `cluster '${name}' was taken down while it was being made`,
      hint: `stix launch -c ${name} FILE`,
    });
  }
  run.cid = cluster?.cid ?? null;
  return cluster;
}

interface Step<E extends Effect = Effect> {
  readonly wish: MachinesWish;
  readonly run: Run;
  readonly cluster: ClusterRecord | null;
  readonly attempts: readonly AttemptRecord[];
  readonly effect: E;
}

async function act(context: OperationContext, step: Step): Promise<void> {
  const { effect, run } = step;
  if (effect.do === "wait") return pause(context, effect);
  if (effect.do === "plan") return await makePlan(step.wish, run, effect, context.world.clock.now());
  // Whatever is done now changes the ledger, and with it what a plan must leave out.
  run.plan = null;
  if (effect.do === "begin") return await begin(context, step.wish, run, effect);
  const { cluster } = step;
  const attempt = step.attempts.find((each) => "id" in effect && each.id === effect.id);
  invariant(cluster !== null && attempt !== undefined, "an effect names an attempt of the ledger", { do: effect.do });
  if (effect.do === "create") await create(context, run, cluster, attempt);
  if (effect.do === "adopt") await adopt(context, run, cluster, attempt);
  if (effect.do === "remove") await remove(context, attempt);
}

async function makePlan(
  wish: MachinesWish,
  run: Run,
  { round, blocked }: Extract<Effect, { do: "plan" }>,
  at: number,
): Promise<void> {
  try {
    run.planned = await wish.plan(blocked);
    run.plan = { round, place: run.planned.placement, at };
  } catch (error) {
    if (!isStixError(error)) throw error;
    run.why = error;
    run.plan = { round, place: null, at };
  }
}

/** The row of the cluster, its place, and the attempt: nothing is asked of the cloud before they are durable. */
async function begin(
  context: OperationContext,
  wish: MachinesWish,
  run: Run,
  { number, round }: Extract<Effect, { do: "begin" }>,
): Promise<void> {
  const { world, request } = context;
  const { planned } = run;
  invariant(planned !== null, "an attempt begins after a plan", { number });
  const { placement, resources } = planned;
  const cluster = await ensureClusterRow(context, { ...wish.cluster, resources });
  run.cid = cluster.cid;
  await world.clusters.change(cluster.cid, { placement, resources, nodeCount: wish.cluster.nodeCount, instances: [] });
  await world.clusters.addEvent({
    cid: cluster.cid,
    clusterName: cluster.name,
    at: world.clock.now(),
    type: "LAUNCH_PROGRESS",
    fromState: null,
    toState: null,
    reason: `Launching on ${placeText(placement)}`,
    requestId: request.id,
  });
  await world.clusters.addAttempt({
    id: attemptKey(cluster.cid, number),
    cid: cluster.cid,
    requestId: request.id,
    round,
    placement,
    state: attemptState.intended,
    startedAt: world.clock.now(),
    endedAt: null,
    failure: null,
    removal: null,
  });
}

async function create(
  context: OperationContext,
  run: Run,
  cluster: ClusterRecord,
  attempt: AttemptRecord,
): Promise<void> {
  if (!run.toldPlaces.has(attempt.id)) context.log.line(`⚙︎ Launching on ${placeText(attempt.placement)}.`);
  run.toldPlaces.add(attempt.id);
  const outcome = await createAttempt(context, cluster, attempt);
  if (outcome === null) return;
  if (outcome.refusal !== null) return context.log.line(`${shown(cluster, attempt, outcome.refusal).message}.`);
  run.heard = { id: attempt.id, instances: outcome.machines };
  if (attempt.state === attemptState.adopted) await adopt(context, run, cluster, attempt);
}

async function adopt(
  context: OperationContext,
  run: Run,
  cluster: ClusterRecord,
  attempt: AttemptRecord,
): Promise<void> {
  const instances = run.heard?.id === attempt.id ? run.heard.instances : [];
  const isDone = await adoptAttempt(context, cluster, attempt, { instances, requestId: context.request.id });
  if (!isDone) run.heard = null;
}

async function remove(context: OperationContext, attempt: AttemptRecord): Promise<void> {
  const refusal = await removeAttempt(context, attempt);
  if (refusal !== null)
    context.log.line(`What was made on ${placeText(attempt.placement)} cannot be removed yet: ${refusal.message}.`);
}

/** Ends this run: the ledger says all that the next one needs. */
function pause({ world, log }: OperationContext, { until, why }: Extract<Effect, { do: "wait" }>): never {
  const ms = until - world.clock.now();
  if (why === "no-resources") log.line(`↺ Nothing can be had now. Retry after ${RETRY_UNTIL_UP_MS / 1000}s.`);
  if (why === "rate-limit") log.line(`The cloud asks for a pause of ${Math.ceil(ms / 1000)}s.`);
  throw new Pause({
    on: `failover:${why}`,
    until,
    message: why === "removal" ? "machines of a failed try are being removed" : "no resources; trying again",
  });
}

async function giveUp(
  context: OperationContext,
  {
    run,
    cluster,
    attempts,
    effect,
  }: Pick<Step<Extract<Effect, { do: "give-up" }>>, "run" | "cluster" | "attempts" | "effect">,
): Promise<StixError> {
  const { log } = context;
  const recordsOf = (ids: readonly { readonly id: string }[]) =>
    ids.flatMap(({ id }) => attempts.find((attempt) => attempt.id === id) ?? []);
  const refused = recordsOf(effect.refused);
  const unproven = recordsOf(effect.unproven);
  if (refused.length > 1) for (const line of refusalTable(effect.refused)) log.line(line);
  for (const { placement } of unproven)
    log.line(`Machines on ${placeText(placement)} may still exist; the server goes on removing them.`);
  if (cluster !== null && !cluster.everUp && refused.length > 0)
    await forgetCluster(context, cluster, "no place could give its machines", { leaveToReaper: true });
  const last = refused.at(-1);
  if (cluster !== null && last !== undefined && last.failure !== null) return shown(cluster, last, last.failure);
  const stuck = unproven.at(-1);
  if (cluster !== null && stuck !== undefined && stuck.removal !== null)
    return providerError(
      `what cluster '${cluster.name}' had on ${placeText(stuck.placement)} cannot be removed`,
      stuck.removal.refusal,
    );
  invariant(run.why !== null, "a launch gives up for a reason", { cid: run.cid ?? "" });
  return run.why;
}

function shown(cluster: ClusterRecord, { placement }: AttemptRecord, failure: NonNullable<AttemptRecord["failure"]>) {
  return providerError(`cannot create cluster '${cluster.name}' on ${placeText(placement)}`, failure);
}
