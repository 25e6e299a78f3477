// What `stix status` shows in one answer, without a row for each of its questions: reads of the store, nothing durable.
import { realTime } from "#shared/clock.ts";
import { statusRow } from "#controller/operations/cluster-handle.ts";
import { enabledClouds } from "#controller/operations/enabled-clouds.ts";
import { liveView } from "#controller/operations/live-view.ts";
import { matchesName } from "#controller/operations/find-cluster.ts";
import type { Handlers } from "./register-calls.ts";
import type { Service } from "../service.ts";

/** Clouds are asked again after this; a question to a cloud takes longer than a whole `status` may. */
const CLOUDS_FRESH_MS = 60_000;
const FIRST_LOOK_MS = 500;

export function overviewHandlers({ world }: Service) {
  let clouds: { readonly at: number; readonly names: Promise<readonly string[]> } | null = null;

  const enabled = async () => {
    const now = world.clock.monotonic();
    clouds =
      clouds !== null && now - clouds.at < CLOUDS_FRESH_MS
        ? clouds
        : { at: now, names: enabledClouds(world, realTime.deadline(CLOUDS_FRESH_MS)) };
    try {
      return await clouds.names;
    } catch {
      // A check that failed is no answer to keep; the next one asks again.
      clouds = null;
      return [];
    }
  };

  return {
    top: async ({ c, principal, body: { cluster_names: patterns, all_users: allUsers } }) =>
      Response.json(
        await liveView(
          world,
          (cluster) =>
            (allUsers || cluster.userHash === principal.userHash) &&
            (patterns === null || patterns.some((pattern) => matchesName(pattern, cluster.name))),
          c.req.raw.signal,
        ),
      ),

    overview: async ({ principal, body: { cluster_names: patterns, all_users: allUsers } }) => {
      const [all, infra] = await Promise.all([world.clusters.list(), enabled(), firstLook(world)]);
      const shown = all
        .filter((cluster) => patterns === null || patterns.some((pattern) => matchesName(pattern, cluster.name)))
        .filter((cluster) => allUsers || cluster.userHash === principal.userHash);
      const clusters = await Promise.all(
        shown.map(async (cluster) => {
          const [event] = await world.clusters.events(cluster.cid, null, 1);
          return statusRow(world, cluster, { lastEvent: event?.reason ?? null, includeHandle: true, summary: true });
        }),
      );
      return Response.json({
        enabled_infra: infra,
        workspace: principal.workspace,
        clusters,
        jobs: [],
        services: [],
        pools: [],
        leaks: world.leaks.known(),
      });
    },
  } satisfies Partial<Handlers>;
}

/** Right after its start the server has not asked its clouds yet; a status waits a moment for that, and only then. */
async function firstLook({ leaks, clock }: Service["world"]): Promise<void> {
  const look = leaks.looked();
  if (look !== null) await Promise.race([look, clock.sleep(FIRST_LOOK_MS)]);
}
