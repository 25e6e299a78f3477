// Clusters as rows of `status`.
import type { ClusterRecord } from "../../client/records.ts";
import { statusColour } from "./colour.ts";
import { ago } from "./duration.ts";
import { cutMiddle, renderTable, type Cell, type TableStyle } from "./table.ts";

export interface ClusterTableOptions {
  readonly verbose: boolean;
  readonly allUsers: boolean;
  /** Seconds since the epoch. */
  readonly now: number;
}

const INFRA_WIDTH = 25;

export function renderClusters(clusters: readonly ClusterRecord[], options: ClusterTableOptions, style: TableStyle): string {
  const workspaces = new Set(clusters.map((one) => one.workspace ?? "default"));
  const columns = columnsFor(options, workspaces.size > 1);
  return renderTable(
    columns.map((column) => column.header),
    clusters.map((cluster) => columns.map((column) => column.cell(cluster))),
    style,
  );
}

interface Column {
  readonly header: string;
  readonly cell: (cluster: ClusterRecord) => string | Cell;
}

function columnsFor(options: ClusterTableOptions, severalWorkspaces: boolean): Column[] {
  const { verbose, allUsers, now } = options;
  return [
    { header: "NAME", cell: (one) => one.name },
    ...(allUsers ? [{ header: "USER", cell: (one: ClusterRecord) => one.user ?? "-" }] : []),
    ...(allUsers && verbose ? [{ header: "USER_ID", cell: (one: ClusterRecord) => one.userHash ?? "-" }] : []),
    ...(severalWorkspaces || verbose ? [{ header: "WORKSPACE", cell: (one: ClusterRecord) => one.workspace ?? "default" }] : []),
    { header: "INFRA", cell: (one) => infraText(one, verbose) },
    { header: "RESOURCES", cell: (one) => (verbose ? (one.resourcesFull ?? one.resources) : one.resources) ?? "-" },
    { header: "STATUS", cell: statusCell },
    { header: "AUTOSTOP", cell: autostopText },
    { header: "LAUNCHED", cell: (one) => ago(one.launchedAt, now) },
    ...(verbose ? verboseColumns : []),
  ];
}

const verboseColumns: readonly Column[] = [
  { header: "HEAD_IP", cell: (one) => one.headIp ?? "-" },
  { header: "COMMAND", cell: (one) => one.command ?? "-" },
  { header: "LAST_EVENT", cell: (one) => one.lastEvent ?? "-" },
];

/** "AWS (us-east-1a)": the zone where it is known, else the region. */
export function infraText(cluster: ClusterRecord, full: boolean): string {
  if (cluster.cloud === undefined) return "-";
  const place = cluster.zone ?? cluster.region;
  const text = place === undefined ? cluster.cloud : `${cluster.cloud} (${place})`;
  return full ? text : cutMiddle(text, INFRA_WIDTH);
}

function statusCell(cluster: ClusterRecord): Cell {
  const text = cluster.status === "INIT" && cluster.unhealthy ? "UNHEALTHY" : cluster.status;
  return { text, colour: statusColour(text) };
}

/** "30m", "2h", "30m (down)", "-". */
export function autostopText(cluster: Pick<ClusterRecord, "autostop" | "autodown">): string {
  const { autostop, autodown } = cluster;
  if (autostop < 0) return autodown ? "(down)" : "-";
  const time = autostop > 0 && autostop % 60 === 0 ? `${autostop / 60}h` : `${autostop}m`;
  return autodown ? `${time} (down)` : time;
}
