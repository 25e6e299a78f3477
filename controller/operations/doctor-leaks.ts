// doctor.leaks, doctor.adopt, doctor.remove_leaks: machines without a row are shown, taken back, or removed when the user says so.
import type { Provider } from "#controller/providers/contract/provider.ts";
import { adoptBodySchema, removeLeaksBodySchema } from "#shared/api/bodies.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { adoptCluster } from "./adopt-cluster.ts";
import { providerError } from "./find-cluster.ts";
import { leaksOf, surveyMachines } from "./find-leaks.ts";
import type { Operation, OperationContext } from "./operation.ts";

export const doctorLeaks: Operation = {
  name: "doctor.leaks",
  canResume: true,
  onFullDisk: "asks",
  run: runLeaks,
};
export const doctorAdopt: Operation = { name: "doctor.adopt", canResume: true, run: runAdopt };
export const doctorRemoveLeaks: Operation = {
  name: "doctor.remove_leaks",
  canResume: true,
  onFullDisk: "ends",
  run: runRemove,
};

async function runLeaks({ world, log, signal }: OperationContext): Promise<unknown> {
  const { clouds, unasked } = await surveyMachines(world, signal);
  for (const words of unasked) log.line(`Could not ask ${words}.`);
  const leaks = (await Promise.all(clouds.map((cloud) => leaksOf(world, cloud)))).flat();
  world.leaks.replace(leaks);
  return { leaks, unasked };
}

async function runAdopt(context: OperationContext): Promise<unknown> {
  const { request, signal } = context;
  const body = adoptBodySchema.parse(request.body);
  const adopted: unknown[] = [];
  for (const { cid, provider } of await chosen(context, body.cids)) {
    adopted.push(await adoptCluster(context, { cid, provider, name: body.name }));
    signal.throwIfAborted();
  }
  await lookAgain(context);
  return { clusters: adopted };
}

async function runRemove(context: OperationContext): Promise<unknown> {
  const { world, request, log, signal } = context;
  const body = removeLeaksBodySchema.parse(request.body);
  const removed: string[] = [];
  for (const { cid, provider } of await chosen(context, body.cids)) {
    const answer = await provider.remove({ place: provider.everywhere, cid, attempt: null }, signal);
    if (!answer.ok) throw providerError(`cannot remove the machines of '${cid}'`, answer);
    await world.agents.revoke(cid);
    log.line(`Removed the machines of '${cid}'.`);
    removed.push(cid);
  }
  await lookAgain(context);
  return { cids: removed };
}

async function lookAgain({ world, signal }: OperationContext): Promise<void> {
  const { clouds } = await surveyMachines(world, signal);
  world.leaks.replace((await Promise.all(clouds.map((cloud) => leaksOf(world, cloud)))).flat());
}

/** Those that were named, or all. A request that is resumed finds what its earlier run did as done. Throws cluster-not-found. */
async function chosen(
  { world, request, signal }: OperationContext,
  cids: readonly string[] | null,
): Promise<readonly { readonly cid: string; readonly provider: Provider }[]> {
  const { clouds } = await surveyMachines(world, signal);
  const found = clouds.flatMap(({ provider, strange }) => strange.map((cid) => ({ cid, provider })));
  if (cids === null) return found;
  const unknown = cids.filter((cid) => !found.some((one) => one.cid === cid));
  if (unknown.length > 0 && request.runs <= 1) {
    throw new StixError({
      code: "cluster-not-found",
      message: `no machines without a record are marked ${unknown.map((cid) => `'${cid}'`).join(", ")}`,
      hint: "stix doctor leaks",
    });
  }
  return found.filter((one) => cids.includes(one.cid));
}
