// Every call of the API that this version answers: where it is, and how it answers. The command line loads this table alone;
// what a call takes and gives stands in routes.ts, by the same names.

export type Method = "GET" | "POST" | "DELETE";

export interface Call {
  readonly method: Method;
  /** As the router reads it: ":what" is a part that the caller fills in. */
  readonly path: string;
  /**
   * request: the id of a durable request in a header, whose outcome is asked for by it; its operation has the call's name.
   * json: the answer itself, as one document. stream: bytes as they come.
   */
  readonly answers: "request" | "json" | "stream";
  /** Done twice it would be done twice: not sent again when the line breaks before the answer. Of requests their key decides. */
  readonly once?: true;
}

const request = (method: Method, path: string) => ({ method, path, answers: "request" }) as const;
const json = (method: Method, path: string) => ({ method, path, answers: "json" }) as const;
const stream = (method: Method, path: string) => ({ method, path, answers: "stream" }) as const;

export const calls = {
  launch: request("POST", "/launch"),
  exec: request("POST", "/exec"),
  status: request("POST", "/status"),
  start: request("POST", "/start"),
  stop: request("POST", "/stop"),
  down: request("POST", "/down"),
  autostop: request("POST", "/autostop"),
  endpoints: request("POST", "/endpoints"),
  cost_report: request("POST", "/cost_report"),
  cluster_events: request("POST", "/cluster_events"),
  provision_logs: stream("POST", "/provision_logs"),

  queue: request("POST", "/queue"),
  job_status: request("POST", "/job_status"),
  cancel: request("POST", "/cancel"),
  logs: stream("POST", "/logs"),
  hook_logs: request("POST", "/hook_logs"),
  "logs.frames": stream("POST", "/stix/v1/logs"),
  download_logs: request("POST", "/download_logs"),
  download: stream("POST", "/download"),

  "jobs.queue": request("POST", "/jobs/queue"),
  "jobs.queue_v2": request("POST", "/jobs/queue/v2"),
  "jobs.pool_status": request("POST", "/jobs/pool_status"),
  "serve.status": request("POST", "/serve/status"),

  overview: json("POST", "/stix/v1/overview"),
  top: json("POST", "/stix/v1/top"),

  "recipes.get": request("POST", "/recipes/get"),
  validate: json("POST", "/validate"),
  optimize: request("POST", "/optimize"),
  plan: json("POST", "/stix/v1/plan"),
  offers: json("POST", "/stix/v1/offers"),
  explain: json("POST", "/stix/v1/explain"),
  list_accelerators: request("POST", "/list_accelerators"),
  list_accelerator_counts: request("POST", "/list_accelerator_counts"),
  "catalog.update": request("POST", "/stix/v1/catalog/update"),

  check: request("POST", "/check"),
  enabled_clouds: request("GET", "/enabled_clouds"),
  enabled_clouds_batch: request("GET", "/enabled_clouds/batch"),
  all_contexts: request("GET", "/all_contexts"),
  "kubernetes.allowed_nodes": json("GET", "/kubernetes/allowed_nodes"),
  ssh_node_pools: json("GET", "/ssh_node_pools"),
  storage_ls: request("GET", "/storage/ls"),
  volume_list: request("GET", "/volumes"),

  "doctor.leaks": request("POST", "/stix/v1/doctor/leaks"),
  "doctor.adopt": request("POST", "/stix/v1/doctor/adopt"),
  "doctor.remove_leaks": request("POST", "/stix/v1/doctor/remove_leaks"),

  events: stream("GET", "/stix/v1/events"),
  "events.credentials": { ...json("POST", "/stix/v1/events/credentials"), once: true },
  "events.monitors": json("GET", "/stix/v1/events/monitors"),
  "events.revoke": { ...json("POST", "/stix/v1/events/revoke"), once: true },

  "upload.known": json("GET", "/upload_v2/blob"),
  upload: json("POST", "/upload_v2"),
  "upload.v1": json("POST", "/upload"),

  health: json("GET", "/api/health"),
  "request.get": json("GET", "/api/get"),
  "request.stream": stream("GET", "/api/stream"),
  "request.list": json("GET", "/api/status"),
  api_cancel: request("POST", "/api/cancel"),
  completion: json("GET", "/api/completion/:what"),
  plugins: json("GET", "/api/plugins"),

  users: json("GET", "/users"),
  "users.role": json("GET", "/users/role"),
  "users.workspace": json("GET", "/users/me/workspace"),
  "users.set_workspace": json("POST", "/users/me/workspace"),
  "users.tokens": json("GET", "/users/service-account-tokens"),
  "workspaces.get": request("GET", "/workspaces"),
  "workspaces.get_config": request("GET", "/workspaces/config"),
  dashboard_config: json("GET", "/dashboard_config"),
  home: json("GET", "/"),
} as const satisfies Readonly<Record<string, Call>>;

export type CallName = keyof typeof calls;
type Answering<How extends Call["answers"]> = {
  [Name in CallName]: (typeof calls)[Name]["answers"] extends How ? Name : never;
}[CallName];
/** Answered by the id of a request. */
export type RequestCallName = Answering<"request">;
/** Answered by the server itself. */
export type DirectCallName = Answering<"json" | "stream">;

/** Where a call is, its parts filled in. Throws RangeError for a part without a value. */
export function callPath(name: CallName, parts: Readonly<Record<string, string>> = {}): string {
  return calls[name].path.replaceAll(/:(\w+)/g, (_, part: string) => {
    const value = parts[part];
    if (value === undefined) throw new RangeError(`the call '${name}' wants its part '${part}'`);
    return encodeURIComponent(value);
  });
}
