// What the server says of clusters, jobs and requests, read once from JSON.
import { field, flagField, list, numberField, textField } from "./read.ts";

export interface ClusterRecord {
  readonly name: string;
  readonly status: string;
  readonly unhealthy: boolean;
  /** Why a cluster that was up is not any more. */
  readonly unhealthyReason: string | undefined;
  readonly cloud: string | undefined;
  readonly region: string | undefined;
  readonly zone: string | undefined;
  readonly nodes: number;
  readonly resources: string | undefined;
  readonly resourcesFull: string | undefined;
  /** Minutes; -1 for none. */
  readonly autostop: number;
  readonly autodown: boolean;
  /** Seconds since the epoch. */
  readonly launchedAt: number | undefined;
  readonly user: string | undefined;
  readonly userHash: string | undefined;
  readonly workspace: string | undefined;
  readonly headIp: string | undefined;
  readonly command: string | undefined;
  readonly lastEvent: string | undefined;
  /** As the server sent it, for `-o json`. */
  readonly raw: unknown;
}

export function readClusters(value: unknown): readonly ClusterRecord[] {
  return list(value).flatMap((raw) => {
    const name = textField(raw, "name");
    return name === undefined ? [] : [readCluster(name, raw)];
  });
}

function readCluster(name: string, raw: unknown): ClusterRecord {
  const handle = field(raw, "handle");
  const infra = textField(field(handle, "launched_resources"), "infra")?.split("/") ?? [];
  const head = list(field(handle, "stable_internal_external_ips"))[0];
  const ips = list(head).filter((ip) => typeof ip === "string");
  return {
    name,
    status: textField(raw, "status") ?? "-",
    unhealthy: textField(raw, "init_kind") === "unhealthy",
    unhealthyReason: textField(raw, "init_status_reason"),
    cloud: textField(raw, "cloud") ?? infra[0],
    region: textField(raw, "region") ?? infra[1],
    zone: textField(raw, "zone") ?? infra[2],
    nodes: numberField(raw, "nodes") ?? 1,
    resources: textField(raw, "resources_str"),
    resourcesFull: textField(raw, "resources_str_full"),
    autostop: numberField(raw, "autostop") ?? -1,
    autodown: flagField(raw, "to_down"),
    launchedAt: numberField(raw, "launched_at"),
    user: textField(raw, "user_name"),
    userHash: textField(raw, "user_hash"),
    workspace: textField(raw, "workspace"),
    headIp: ips[1] ?? ips[0],
    command: textField(raw, "last_creation_command") ?? textField(raw, "last_use"),
    lastEvent: textField(raw, "last_event"),
    raw,
  };
}

export interface JobRecord {
  readonly id: number;
  readonly name: string | undefined;
  readonly user: string | undefined;
  readonly submittedAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly resources: string | undefined;
  readonly status: string;
  readonly logPath: string | undefined;
  readonly gitCommit: string | undefined;
  readonly raw: unknown;
}

export function readJobs(value: unknown): readonly JobRecord[] {
  return list(value).flatMap((raw) => {
    const id = numberField(raw, "job_id");
    if (id === undefined) return [];
    return [
      {
        id,
        name: textField(raw, "job_name"),
        user: textField(raw, "username"),
        submittedAt: numberField(raw, "submitted_at"),
        startedAt: numberField(raw, "start_at"),
        endedAt: numberField(raw, "end_at"),
        resources: textField(raw, "resources"),
        status: textField(raw, "status") ?? "-",
        logPath: textField(raw, "log_path"),
        gitCommit: textField(field(raw, "metadata"), "git_commit"),
        raw,
      },
    ];
  });
}

export interface RequestRecord {
  readonly id: string;
  readonly name: string;
  readonly user: string | undefined;
  readonly cluster: string | undefined;
  /** Seconds since the epoch. */
  readonly createdAt: number | undefined;
  readonly status: string;
  readonly raw: unknown;
}

export function readRequests(value: unknown): readonly RequestRecord[] {
  return list(value).flatMap((raw) => {
    const id = textField(raw, "request_id");
    if (id === undefined) return [];
    return [
      {
        id,
        name: (textField(raw, "name") ?? "-").replace(/^sky\./, ""),
        user: textField(raw, "user_name") ?? textField(raw, "user_id"),
        cluster: textField(raw, "cluster_name"),
        createdAt: numberField(raw, "created_at"),
        status: textField(raw, "status") ?? "-",
        raw,
      },
    ];
  });
}
