// Clusters as rows of `status`.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import type { TableColumn } from "#shared/table/layout.ts";
import type { ClusterRecord } from "#controller/sdk/records.ts";
import { statusColour } from "#controller/cli/print/colour.ts";
import { ago } from "#controller/cli/print/duration.ts";
import { renderTable, type Cell, type TableStyle } from "#controller/cli/print/table.ts";

export interface ClusterTableOptions {
  readonly verbose: boolean;
  readonly allUsers: boolean;
  /** Seconds since the epoch. */
  readonly now: number;
}

export function renderClusters(
  clusters: readonly ClusterRecord[],
  options: ClusterTableOptions,
  style: TableStyle,
): string {
  const workspaces = new Set(clusters.map((one) => one.workspace ?? "default"));
  const columns = columnsFor(options, workspaces.size > 1);
  return renderTable(
    columns,
    clusters.map((cluster) => columns.map((column) => column.cell(cluster))),
    style,
  );
}

interface Column extends TableColumn {
  readonly cell: (cluster: ClusterRecord) => string | Cell;
}

/** Every column stays where every one was asked for; else the place and the state matter most, then until when it is there. */
function columnsFor({ verbose, allUsers, now }: ClusterTableOptions, severalWorkspaces: boolean): Column[] {
  const keep = (rank: number) => (verbose ? {} : { keep: rank });
  return [
    { header: "NAME", cell: (one) => one.name },
    ...(allUsers ? [{ header: "USER", ...keep(4), cell: (one: ClusterRecord) => one.user ?? "-" }] : []),
    ...(allUsers && verbose ? [{ header: "USER_ID", cell: (one: ClusterRecord) => one.userHash ?? "-" }] : []),
    ...(severalWorkspaces || verbose
      ? [{ header: "WORKSPACE", ...keep(1), cell: (one: ClusterRecord) => one.workspace ?? "default" }]
      : []),
    { header: "INFRA", cut: "middle", least: 10, ...keep(6), cell: infraText },
    {
      header: "RESOURCES",
      cut: verbose ? "wrap" : "end",
      least: verbose ? 24 : 12,
      ...keep(5),
      cell: (one) => (verbose ? (one.resourcesFull ?? one.resources) : one.resources) ?? "-",
    },
    { header: "STATUS", cell: statusCell },
    { header: "AUTOSTOP", ...keep(3), cell: autostopText },
    { header: "LAUNCHED", ...keep(2), cell: (one) => ago(one.launchedAt, now) },
    ...(verbose ? verboseColumns : []),
  ];
}

const verboseColumns: readonly Column[] = [
  { header: "HEAD_IP", cell: (one) => one.headIp ?? "-" },
  { header: "COMMAND", cut: "wrap", least: 24, cell: (one) => one.command ?? "-" },
  { header: "LAST_EVENT", cut: "wrap", least: 24, cell: (one) => one.lastEvent ?? "-" },
];

/** "AWS (us-east-1a)": the zone where it is known, else the region. A place named as its cloud adds nothing. */
export function infraText(cluster: ClusterRecord): string {
  if (cluster.cloud === undefined) return "-";
  const place = cluster.zone ?? cluster.region;
  return place === undefined || place === cluster.cloud ? cluster.cloud : `${cluster.cloud} (${place})`;
}

function statusCell(cluster: ClusterRecord): Cell {
  const text = cluster.status === clusterState.INIT && cluster.unhealthy ? "UNHEALTHY" : cluster.status;
  return { text, colour: statusColour(text) };
}

/** "30m", "2h", "30m (down)", "-". */
export function autostopText(cluster: Pick<ClusterRecord, "autostop" | "autodown">): string {
  const { autostop, autodown } = cluster;
  if (autostop < 0) return autodown ? "(down)" : "-";
  const time = autostop > 0 && autostop % 60 === 0 ? `${autostop / 60}h` : `${autostop}m`;
  return autodown ? `${time} (down)` : time;
}
