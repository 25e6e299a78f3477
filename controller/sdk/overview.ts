// What `status` shows, in one round trip from our own server; from another server by its own calls, all at once.
import { StixError } from "#shared/errors/stix-error.ts";
import type { CallBody } from "#shared/api/routes.ts";
import { callJson, type Connection } from "./connection.ts";
import { field, list, textField } from "./read.ts";
import { readClusters, type ClusterRecord } from "./records.ts";
import { ask, submitGet, valueOf } from "./requests.ts";

export interface OverviewQuery {
  /** Names and patterns; null for all. */
  readonly clusters: readonly string[] | null;
  readonly refresh: boolean;
  readonly allUsers: boolean;
  readonly jobs: boolean;
  readonly services: boolean;
  readonly pools: boolean;
}

export interface Overview {
  readonly infra: readonly string[];
  readonly workspace: string | undefined;
  readonly clusters: readonly ClusterRecord[];
  readonly jobs: readonly unknown[];
  readonly services: readonly unknown[];
  readonly pools: readonly unknown[];
  /** Names of clusters whose machines run without a record; their id where no name is known. */
  readonly leaks: readonly string[];
}

export async function overview(connection: Connection, query: OverviewQuery): Promise<Overview> {
  // A refresh may take as long as a cloud does: that is a request, which survives breaks of the line.
  if (query.refresh) return await overviewByParts(connection, query);
  try {
    const answer = await callJson(connection, "overview", {
      body: {
        cluster_names: query.clusters,
        all_users: query.allUsers,
        jobs: query.jobs,
        services: query.services,
        pools: query.pools,
      },
    });
    const workspace = field(answer, "workspace");
    return {
      infra: list(field(answer, "enabled_infra")).filter((one) => typeof one === "string"),
      workspace: typeof workspace === "string" ? workspace : undefined,
      clusters: readClusters(field(answer, "clusters")),
      jobs: list(field(answer, "jobs")),
      services: list(field(answer, "services")),
      pools: list(field(answer, "pools")),
      leaks: list(field(answer, "leaks")).flatMap((leak) => textField(leak, "name") ?? textField(leak, "cid") ?? []),
    };
  } catch (error) {
    // A server that does not know the call is SkyPilot's, or one of ours from before it.
    if (error instanceof StixError && error.code === "not-supported") return await overviewByParts(connection, query);
    throw error;
  }
}

async function overviewByParts(connection: Connection, query: OverviewQuery): Promise<Overview> {
  const [infra, clusters, jobs, services, pools] = await Promise.all([
    quietly(
      async () =>
        await valueOf(connection, await submitGet(connection, "enabled_clouds", { query: { expand: "True" } })),
    ),
    ask(connection, "status", statusBody(query)),
    query.jobs
      ? quietly(() =>
          ask(connection, "jobs.queue_v2", {
            refresh: false,
            skip_finished: true,
            all_users: query.allUsers,
            limit: 5,
          }),
        )
      : null,
    query.services ? quietly(() => ask(connection, "serve.status", { service_names: null })) : null,
    query.pools ? quietly(() => ask(connection, "jobs.pool_status", { pool_names: null })) : null,
  ]);
  return {
    infra: list(infra).filter((one) => typeof one === "string"),
    workspace: undefined,
    clusters: readClusters(clusters),
    jobs: list(field(jobs, "jobs")),
    services: list(services),
    pools: list(pools),
    leaks: [],
  };
}

/** Body of /status, in SkyPilot's words. */
export function statusBody(query: Pick<OverviewQuery, "clusters" | "refresh" | "allUsers">): CallBody<"status"> {
  return {
    cluster_names: query.clusters,
    refresh: query.refresh ? "FORCE" : "NONE",
    all_users: query.allUsers,
    include_credentials: false,
    summary_response: true,
    include_handle: true,
  };
}

/** A section that cannot be had is an empty one: these servers fail where nothing was ever launched. */
async function quietly(make: () => Promise<unknown>): Promise<unknown> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof StixError && (error.code === "server-unreachable" || error.code === "server-suspended"))
      throw error;
    return null;
  }
}
