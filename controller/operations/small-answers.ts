// Short questions: optimize, endpoints, accelerators, workspaces, cancelling requests, and lists of what is not there yet.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { cloudsWith } from "#shared/clouds.ts";
import { withPrivateOffers } from "#catalog/load.ts";
import { listAcceleratorCounts, listAccelerators, type AcceleratorFilter } from "#catalog/accelerators.ts";
import type { OwnOffer } from "#controller/providers/contract/place.ts";
import {
  cancelRequestsBodySchema,
  endpointsBodySchema,
  listAcceleratorsBodySchema,
  optimizeBodySchema,
} from "#shared/api/bodies.ts";
import { requestLife, isRequestTerminal } from "#shared/lifecycle/request.ts";
import { notUp, requireCluster } from "./find-cluster.ts";
import { enabledClouds, ownOffers } from "./enabled-clouds.ts";
import { knownClouds } from "./known-clouds.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { parseRequestDag } from "./parse-request-task.ts";
import { planDag, tellingWhy } from "./plan-launch.ts";

const PREFIX_MATCHES = 2;

export const smallAnswers: readonly Operation[] = [
  small("optimize", runOptimize),
  small("endpoints", runEndpoints),
  small("list_accelerators", async (context) => listAccelerators(...(await accelerators(context)))),
  small("list_accelerator_counts", async (context) => listAcceleratorCounts(...(await accelerators(context)))),
  { ...small("api_cancel", runCancelRequests), onFullDisk: "ends" },
  small("workspaces.get", async () => ({ default: { writable: true, read_only: false } })),
  small("workspaces.get_config", async () => ({})),
  small("enabled_clouds_batch", async ({ world, signal }) => ({ default: await enabledClouds(world, signal) })),
  small("storage_ls", async () => []),
  small("volume_list", async () => []),
  small("all_contexts", async () => []),
  small("jobs.queue", async () => []),
  small("jobs.queue_v2", async () => ({
    jobs: [],
    total: 0,
    total_no_filter: 0,
    status_counts: {},
    infra_options: [],
  })),
  small("jobs.pool_status", async () => []),
  small("serve.status", async () => []),
];

function small(name: string, run: Operation["run"]): Operation {
  return { name, canResume: true, run };
}

/** The answer is null: the plan stands in the log. */
async function runOptimize({ world, request, log, signal }: OperationContext): Promise<unknown> {
  const body = optimizeBodySchema.parse(request.body);
  const planned = await tellingWhy(
    log,
    planDag(
      world,
      { dag: parseRequestDag(world, body.dag), minimize: body.minimize, columns: body.stix_columns },
      signal,
    ),
  );
  for (const line of planned.table.trimEnd().split("\n")) log.line(line);
  return null;
}

/** Port → address, for the ports the cluster was asked to open. */
async function runEndpoints({ world, request }: OperationContext): Promise<unknown> {
  const body = endpointsBodySchema.parse(request.body);
  const cluster = await requireCluster(world, body.cluster);
  if (cluster.state === clusterState.STOPPED || !cluster.everUp) throw await notUp(world, cluster);
  const head = cluster.instances[0];
  const host = head?.externalIp ?? head?.internalIp ?? "";
  const open = (cluster.resources.ports ?? []).flatMap(portsOf);
  const asked = body.port === null ? open : open.filter((port) => String(port) === String(body.port));
  return Object.fromEntries(asked.map((port) => [String(port), `${host}:${port}`]));
}

/** A range of ports is shown port by port, up to this many. */
const PORTS_SHOWN_MAX = 1_000;

function portsOf(range: string): number[] {
  const [from = 0, to = from] = range.split("-").map(Number);
  return Array.from({ length: Math.min(PORTS_SHOWN_MAX, to - from + 1) }, (_, index) => from + index);
}

/** Clouds of the catalog that SkyPilot's client has no name for. */
const UNKNOWN_TO_SKYPILOT: ReadonlySet<string> = new Set(cloudsWith(({ rank }) => rank === null));

/** A machine of one's own gives any number of its devices: shown are the powers of two, and all. */
function partsOf(offer: OwnOffer): OwnOffer[] {
  const { accelerator } = offer;
  if (accelerator === null) return [offer];
  const counts = [
    ...Array.from({ length: Math.floor(Math.log2(accelerator.count)) + 1 }, (_, power) => 2 ** power),
    accelerator.count,
  ];
  return [...new Set(counts)].map((count) => ({ ...offer, accelerator: { ...accelerator, count } }));
}

/** The catalog's, and those of machines of one's own. */
async function accelerators({
  world,
  request,
  signal,
}: OperationContext): Promise<[Parameters<typeof listAccelerators>[0], AcceleratorFilter]> {
  const body = listAcceleratorsBodySchema.parse(request.body);
  const catalog = withPrivateOffers(
    world.catalog(),
    (await ownOffers(world, world.providers.names, signal)).flatMap(partsOf),
  );
  const asked = typeof body.clouds === "string" ? [body.clouds] : body.clouds;
  const named = asked === null ? null : knownClouds(world, asked);
  // SkyPilot's client names every cloud it knows when it means all: it cannot name a machine of one's own.
  const meansAll =
    named === null || world.catalog().clouds.every((cloud) => named.includes(cloud) || UNKNOWN_TO_SKYPILOT.has(cloud));
  const clouds = catalog.clouds.filter((cloud) => meansAll || named.includes(cloud));
  const filter: AcceleratorFilter = {
    gpusOnly: body.gpus_only,
    isCaseSensitive: body.case_sensitive,
    allRegions: body.all_regions,
    requirePrice: body.require_price,
    ...(body.name_filter === null ? {} : { name: body.name_filter }),
    ...(body.region_filter === null ? {} : { region: body.region_filter }),
    ...(body.quantity_filter === null ? {} : { quantity: body.quantity_filter }),
  };
  return [clouds.map((cloud) => catalog.view(cloud)), filter];
}

/** The ids of those that had not ended. Ids may be shortened as far as they stay unique. */
async function runCancelRequests({ world, request }: OperationContext): Promise<unknown> {
  const body = cancelRequestsBodySchema.parse(request.body);
  const unfinished = (await world.requests.list({ states: requestLife.open })).filter((each) => each.id !== request.id);
  if (body.request_ids === null) {
    const owned = unfinished.filter((each) => body.user_id === null || each.userHash === body.user_id);
    return await world.cancelRequests(owned.map((each) => each.id));
  }
  const found = await Promise.all(body.request_ids.map((id) => world.requests.findByPrefix(id, PREFIX_MATCHES)));
  const ids = found
    .flatMap((matches) => (matches.length === 1 ? matches : []))
    .filter((each) => !isRequestTerminal(each.state))
    .map((each) => each.id);
  return await world.cancelRequests(ids.filter((id) => id !== request.id));
}
