// Every command's path and how to load it, in the order help lists them. Literal imports: a command loads only itself.
import type { Command } from "./frame/define-command.ts";

export interface Leaf {
  readonly path: string;
  readonly load: () => Promise<Command>;
}

export const leaves: readonly Leaf[] = [
  { path: "launch", load: async () => (await import("./commands/cluster/launch/command.ts")).launch },
  { path: "exec", load: async () => (await import("./commands/cluster/exec/command.ts")).exec },
  { path: "status", load: async () => (await import("./commands/cluster/status/command.ts")).status },
  {
    path: "status-kubernetes",
    load: async () => (await import("./commands/cluster/status-kubernetes.ts")).statusKubernetes,
  },
  { path: "cost-report", load: async () => (await import("./commands/cluster/cost-report/command.ts")).costReport },
  { path: "queue", load: async () => (await import("./commands/cluster/queue/command.ts")).queue },
  { path: "logs", load: async () => (await import("./commands/cluster/logs/command.ts")).logs },
  { path: "cancel", load: async () => (await import("./commands/cluster/cancel/command.ts")).cancel },
  { path: "stop", load: async () => (await import("./commands/cluster/stop.ts")).stop },
  { path: "autostop", load: async () => (await import("./commands/cluster/autostop.ts")).autostop },
  { path: "start", load: async () => (await import("./commands/cluster/start.ts")).start },
  { path: "down", load: async () => (await import("./commands/cluster/down.ts")).down },
  { path: "check", load: async () => (await import("./commands/cluster/check.ts")).check },
  { path: "show-gpus", load: async () => (await import("./commands/gpus/show-gpus.ts")).showGpus },
  { path: "gpus list", load: async () => (await import("./commands/gpus/list.ts")).gpusList },
  { path: "gpus label", load: async () => (await import("./commands/gpus/label.ts")).gpusLabel },
  { path: "storage ls", load: async () => (await import("./commands/storage/ls.ts")).storageLs },
  { path: "storage delete", load: async () => (await import("./commands/storage/delete.ts")).storageDelete },
  { path: "volumes apply", load: async () => (await import("./commands/volumes/apply.ts")).volumesApply },
  { path: "volumes ls", load: async () => (await import("./commands/volumes/ls.ts")).volumesLs },
  { path: "volumes delete", load: async () => (await import("./commands/volumes/delete.ts")).volumesDelete },
  { path: "jobs launch", load: async () => (await import("./commands/jobs/launch.ts")).jobsLaunch },
  { path: "jobs queue", load: async () => (await import("./commands/jobs/queue.ts")).jobsQueue },
  { path: "jobs cancel", load: async () => (await import("./commands/jobs/cancel.ts")).jobsCancel },
  { path: "jobs logs", load: async () => (await import("./commands/jobs/logs.ts")).jobsLogs },
  { path: "jobs dashboard", load: async () => (await import("./commands/jobs/dashboard.ts")).jobsDashboard },
  { path: "jobs pool apply", load: async () => (await import("./commands/pool/apply.ts")).poolApply },
  { path: "jobs pool status", load: async () => (await import("./commands/pool/status.ts")).poolStatus },
  { path: "jobs pool down", load: async () => (await import("./commands/pool/down.ts")).poolDown },
  { path: "jobs pool logs", load: async () => (await import("./commands/pool/logs.ts")).poolLogs },
  { path: "dashboard", load: async () => (await import("./commands/shell/dashboard.ts")).dashboard },
  { path: "ui", load: async () => (await import("./commands/shell/ui.ts")).ui },
  { path: "serve up", load: async () => (await import("./commands/serve/up.ts")).serveUp },
  { path: "serve update", load: async () => (await import("./commands/serve/update.ts")).serveUpdate },
  { path: "serve status", load: async () => (await import("./commands/serve/status.ts")).serveStatus },
  { path: "serve down", load: async () => (await import("./commands/serve/down.ts")).serveDown },
  { path: "serve logs", load: async () => (await import("./commands/serve/logs.ts")).serveLogs },
  { path: "local up", load: async () => (await import("./commands/local/up.ts")).localUp },
  { path: "local down", load: async () => (await import("./commands/local/down.ts")).localDown },
  { path: "api start", load: async () => (await import("./commands/api/start/command.ts")).apiStart },
  { path: "api stop", load: async () => (await import("./commands/api/stop/command.ts")).apiStop },
  { path: "api logs", load: async () => (await import("./commands/api/logs/command.ts")).apiLogs },
  { path: "api cancel", load: async () => (await import("./commands/api/cancel/command.ts")).apiCancel },
  { path: "api status", load: async () => (await import("./commands/api/status/command.ts")).apiStatus },
  { path: "api get", load: async () => (await import("./commands/api/get/command.ts")).apiGet },
  { path: "api login", load: async () => (await import("./commands/api/login.ts")).apiLogin },
  { path: "api logout", load: async () => (await import("./commands/api/logout.ts")).apiLogout },
  { path: "api info", load: async () => (await import("./commands/api/info/command.ts")).apiInfo },
  { path: "workspace use", load: async () => (await import("./commands/workspace/use.ts")).workspaceUse },
  { path: "workspace info", load: async () => (await import("./commands/workspace/info.ts")).workspaceInfo },
  { path: "ssh up", load: async () => (await import("./commands/ssh/up.ts")).sshUp },
  { path: "ssh down", load: async () => (await import("./commands/ssh/down.ts")).sshDown },
  { path: "debug-dump", load: async () => (await import("./commands/shell/debug-dump.ts")).debugDump },
  { path: "events", load: async () => (await import("./commands/events/events/command.ts")).events },
  {
    path: "events credentials",
    load: async () => (await import("./commands/events/credentials/command.ts")).eventsCredentials,
  },
  { path: "events monitors", load: async () => (await import("./commands/events/monitors/command.ts")).eventsMonitors },
  { path: "events revoke", load: async () => (await import("./commands/events/revoke/command.ts")).eventsRevoke },
  { path: "task validate", load: async () => (await import("./commands/task/validate/command.ts")).taskValidate },
  { path: "task schema", load: async () => (await import("./commands/task/schema.ts")).taskSchema },
  { path: "offer", load: async () => (await import("./commands/planning/offer.ts")).offer },
  { path: "explain", load: async () => (await import("./commands/planning/explain.ts")).explain },
  { path: "catalog update", load: async () => (await import("./commands/catalog/update.ts")).catalogUpdate },
  { path: "top", load: async () => (await import("./commands/cluster/top/command.ts")).top },
  { path: "doctor", load: async () => (await import("./commands/doctor/doctor/command.ts")).doctor },
  { path: "doctor leaks", load: async () => (await import("./commands/doctor/leaks/command.ts")).doctorLeaks },
  { path: "doctor adopt", load: async () => (await import("./commands/doctor/adopt/command.ts")).doctorAdopt },
  { path: "completion", load: async () => (await import("./commands/shell/completion.ts")).completion },
  { path: "help", load: async () => (await import("./commands/shell/help.ts")).help },
];

/** Other words for a first word. */
export const groupAliases: Readonly<Record<string, string>> = { volume: "volumes" };

export interface GroupFacts {
  readonly summary: string;
  readonly hidden?: boolean;
  readonly ours?: boolean;
}

export const groups: Readonly<Record<string, GroupFacts>> = {
  gpus: { summary: "Accelerators: which exist, where, at what price" },
  storage: { summary: "Buckets made for tasks" },
  volumes: { summary: "Volumes that outlive clusters" },
  jobs: { summary: "Managed jobs, which survive their clusters" },
  "jobs pool": { summary: "Pools of workers for managed jobs" },
  serve: { summary: "Services: replicas behind one address" },
  local: { summary: "A Kubernetes cluster on this machine", hidden: true },
  api: { summary: "The API server and the requests on it" },
  workspace: { summary: "Workspaces" },
  ssh: { summary: "Pools of machines of your own" },
  task: { summary: "Task files: check them, print their schema", ours: true },
  catalog: { summary: "Prices: fetch fresh ones", ours: true },
};

export type Found =
  | { readonly is: "command"; readonly leaf: Leaf; readonly rest: readonly string[] }
  | { readonly is: "group"; readonly path: readonly string[]; readonly rest: readonly string[] }
  | { readonly is: "unknown"; readonly path: readonly string[]; readonly word: string };

/** The longest path that the words begin with. `events` is both a command and the start of one: the longer wins. */
export function findCommand(words: readonly string[]): Found {
  const first = words[0] === undefined ? undefined : (groupAliases[words[0]] ?? words[0]);
  const named = first === undefined ? [] : [first, ...words.slice(1)];
  for (let length = Math.min(3, named.length); length > 0; length -= 1) {
    const path = named.slice(0, length).join(" ");
    const leaf = leaves.find((one) => one.path === path);
    if (leaf !== undefined) return { is: "command", leaf, rest: words.slice(length) };
    if (Object.hasOwn(groups, path)) {
      const next = words[length];
      if (next === undefined || next.startsWith("-"))
        return { is: "group", path: named.slice(0, length), rest: words.slice(length) };
      return { is: "unknown", path: named.slice(0, length), word: next };
    }
  }
  return first === undefined || first.startsWith("-")
    ? { is: "group", path: [], rest: words }
    : { is: "unknown", path: [], word: words[0] ?? "" };
}

/** The next words that may follow a path: names of groups and commands, once each, in order. */
export function wordsUnder(path: readonly string[]): readonly string[] {
  const prefix = path.length === 0 ? "" : `${path.join(" ")} `;
  return [
    ...new Set(
      leaves
        .filter((leaf) => leaf.path.startsWith(prefix))
        .map((leaf) => leaf.path.slice(prefix.length).split(" ")[0] ?? ""),
    ),
  ];
}
