// The lines that scripts written for SkyPilot look for: which command tells them, where, and under which name. The only list.

export interface ToldLine {
  /** On a single line. */
  readonly has: string | RegExp;
  /** The line right after it. */
  readonly next?: string | RegExp;
  /** Default: the standard output, which is what scripts capture. */
  readonly at?: "out" | "err";
  /** Only when called by this name; default: both. */
  readonly under?: "sky" | "stix";
}

export interface Told {
  /** A line of bash. `{p}` is the name we are called by. Commands follow each other on one deployment. */
  readonly run: string;
  /** Default 0. */
  readonly exit?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly lines: readonly ToldLine[];
  /** On no line of either output. */
  readonly never?: readonly (string | RegExp)[];
}

/** The line is in this output, and the next one right after it. */
export function isTold(output: string, { has, next }: ToldLine): boolean {
  const lines = output.split("\n");
  return lines.some((line, at) => holds(line, has) && (next === undefined || holds(lines[at + 1] ?? "", next)));
}

export function holds(line: string, part: string | RegExp): boolean {
  return typeof part === "string" ? line.includes(part) : part.test(line);
}

/** Files that the commands name. */
export const toldFiles: Readonly<Record<string, string>> = {
  "min.yaml":
    'name: min\nresources:\n  infra: local\nsetup: |\n  echo "running setup"\nrun: |\n  echo "# conda environments"\n  echo "task run finish"\n',
  "bad-setup.yaml": 'num_nodes: 2\nsetup: |\n  echo "Running setup."\n  exit 3\nrun: echo Finished\n',
  "ordered.yaml": "resources:\n  accelerators: [T4:2, T4:1]\nrun: echo hi\n",
  "mounts.yaml": "workdir: .\nfile_mounts:\n  ~/seen.yaml: ./min.yaml\nrun: ls ~/seen.yaml\n",
  "typo.yaml": "runn: echo hi\n",
  "endpoint.yaml": "api_server:\n  endpoint: http://127.0.0.1:{port}\n",
};

/** What `launch -c t min.yaml` tells, whether the cluster is there or not. */
export const launched: readonly ToldLine[] = [
  { has: "Launching on local", next: "is up." },
  { has: /Cluster launched: t\./ },
  { has: "Setup detached", next: "Job submitted" },
  { has: "Job submitted, ID:", next: "Waiting for task resources on 1 node." },
  { has: "Job started. Streaming logs...", next: /\(setup pid=\d+\) running setup/ },
  { has: "(setup", next: "(min, pid=" },
  { has: "task run finish", next: "Job finished (status: SUCCEEDED)." },
  { has: "Useful Commands", next: "Job ID:" },
  { has: /To cancel the job:\s+(sky|stix) cancel t \d/ },
  { has: /To stream job logs:\s+(sky|stix) logs t \d/ },
  { has: /To view job queue:\s+(sky|stix) queue t$/ },
  { has: /To submit a job:\s+(sky|stix) exec t yaml_file/ },
  { has: /To stop the cluster:\s+(sky|stix) stop t$/ },
  { has: /To teardown the cluster:\s+(sky|stix) down t$/ },
];

const submitted = (request: string): readonly ToldLine[] => [
  { has: new RegExp(`^Submitted sky\\.${request} request: [0-9a-f-]{36}$`), under: "sky" },
  { has: new RegExp(`^Submitted ${request} request: [0-9a-f-]{36}$`), under: "stix" },
  {
    has: /Check logs with: (sky|stix) api logs [0-9a-f]{8}$/,
    next: /To cancel the request, run: (sky|stix) api cancel [0-9a-f]{8}$/,
  },
];

export const told: readonly Told[] = [
  // --- nothing is there yet
  {
    run: "{p} status",
    lines: [
      { has: "Clusters" },
      { has: "No existing clusters." },
      { has: "Managed jobs" },
      { has: "No in-progress managed jobs." },
      { has: "Services" },
      { has: "No live services." },
    ],
  },
  { run: "{p} check", lines: [{ has: /^Enabled infra/ }] },
  {
    run: "{p} api info",
    lines: [
      { has: "API server and dashboard: http://127.0.0.1:" },
      { has: /├── Status: healthy, commit: .*, version: / },
      { has: /├── User: tester \([0-9a-f]+\)/ },
      { has: "└── Endpoint set to default local API server." },
    ],
  },
  {
    run: "{p} api info",
    env: { SKYPILOT_GLOBAL_CONFIG: "{work}/endpoint.yaml" },
    lines: [{ has: /Endpoint set via \/.*endpoint\.yaml$/ }],
  },
  {
    run: "{p} api info",
    env: { SKYPILOT_API_SERVER_ENDPOINT: "http://127.0.0.1:{port}" },
    lines: [{ has: "Endpoint set via the environment variable SKYPILOT_API_SERVER_ENDPOINT" }],
  },
  {
    run: "{p} api logout 2>&1",
    exit: 2,
    env: { SKYPILOT_API_SERVER_ENDPOINT: "https://nowhere.invalid" },
    lines: [
      {
        has: "Cannot logout of API server when the endpoint is set via the environment variable. Run unset SKYPILOT_API_SERVER_ENDPOINT",
      },
    ],
  },
  {
    run: "{p} api login -e https://nowhere.invalid 2>&1",
    exit: 2,
    env: { SKYPILOT_API_SERVER_ENDPOINT: "https://nowhere.invalid" },
    lines: [
      {
        has: "Cannot login to API server when the endpoint is set via the environment variable. Run unset SKYPILOT_API_SERVER_ENDPOINT",
      },
    ],
  },
  {
    run: "{p} launch --config gcp.label.smoke-test=test-value min.yaml",
    exit: 2,
    lines: [
      { has: "Details: Invalid config YAML from (CLI).", at: "err" },
      { has: "Instead of 'label', did you mean 'labels'?", at: "err" },
    ],
  },
  { run: "{p} launch -y typo.yaml", exit: 1, lines: [{ has: "Instead of 'runn', did you mean 'run'?", at: "err" }] },

  // --- names that no cluster has
  ...["stop nope -y", "down nope -y", "autostop nope -y -i 5"].map((words): Told => ({
    run: `{p} ${words}`,
    lines: [
      { has: "Cluster(s) not found: nope." },
      { has: /^Cluster\(s\) not found \(tip: see `(sky|stix) status`\)\.$/ },
    ],
  })),
  {
    run: "{p} start nope -y",
    lines: [
      { has: "Cluster(s) not found: nope." },
      { has: /Do you mean to use `(sky|stix) launch` to provision a new cluster\?/ },
    ],
  },
  { run: "{p} start -y", lines: [{ has: /^Cluster\(s\) not found \(tip: see/ }] },
  {
    run: "{p} queue nope",
    lines: [{ has: "Failed to get the job queue for cluster 'nope'.", next: "does not exist" }],
  },
  { run: "{p} queue 'no*'", lines: [{ has: "Cluster(s) not found: no*." }] },
  {
    run: "{p} queue nope -o json",
    lines: [{ has: /^\{\}$/ }, { has: "Failed to get the job queue for cluster 'nope'.", at: "err" }],
  },
  { run: "{p} status nope", lines: [{ has: "Cluster 'nope' not found." }] },
  { run: "{p} status 'no*'", lines: [{ has: "'no*' not found" }] },
  {
    run: "set -e; {p} down -y nope; {p} stop -y nope; {p} queue nope >&2; echo torn down",
    lines: [{ has: "torn down" }],
  },
  ...["stop", "down", "start", "autostop"].map((verb): Told => ({
    run: `{p} ${verb} nope -y --strict`,
    exit: 1,
    lines: [{ has: "Cluster(s) not found: nope.", at: "err" }],
  })),
  { run: "{p} queue nope --strict", exit: 1, lines: [{ has: "does not exist", at: "err" }] },
  {
    run: "{p} exec nope 'echo hi'",
    exit: 1,
    lines: [{ has: "Submitting job to cluster: nope" }, { has: "does not exist", at: "err" }],
  },
  { run: "{p} logs nope", exit: 1, lines: [{ has: "does not exist", at: "err" }] },

  // --- a cluster's life
  {
    run: "yes no | {p} launch -c t min.yaml",
    exit: 1,
    lines: [{ has: "Considered resources (1 node):", next: /^-+$/ }, { has: "CHOSEN" }],
  },
  { run: "{p} launch -y -c t min.yaml", lines: launched },
  { run: "{p} launch -y -c t min.yaml", lines: [{ has: "Running task on cluster t..." }, ...launched] },
  {
    run: "{p} launch -y -c t --fast min.yaml",
    lines: [{ has: "task run finish", next: "Job finished (status: SUCCEEDED)." }],
    never: ["Launching on", "is up.", "Setup detached", "running setup"],
  },
  {
    run: "{p} launch -y -c t mounts.yaml",
    lines: [{ has: "Synced workdir." }, { has: "Synced file_mounts." }, { has: "seen.yaml" }],
  },
  {
    run: "{p} launch -y -d -c t --ports 8080 min.yaml",
    lines: [{ has: "Ports of cluster 't': 8080." }, { has: "Job submitted, ID: 5" }],
  },
  { run: "{p} status --endpoint 8080 t", lines: [{ has: /^127\.\d+\.\d+\.\d+:8080$/ }] },
  { run: "{p} status t", lines: [{ has: /^t\s.*\sUP\s/ }] },
  { run: "{p} status --refresh t", lines: [{ has: /^t\s.*\sUP\s/ }] },
  { run: "{p} status --ip t", lines: [{ has: /^127\.\d+\.\d+\.\d+$/ }] },
  { run: "{p} logs t 1 --status", lines: [{ has: "Job 1: SUCCEEDED" }] },
  {
    run: "{p} logs t 1",
    lines: [
      { has: "(min, pid=", next: "(min, pid=" },
      { has: "Job finished (status: SUCCEEDED)." },
      { has: "Tailing logs of job 1 on cluster 't'...", at: "err" },
    ],
  },
  { run: "{p} logs t 99 --status", exit: 102, lines: [{ has: /^Job 99: (None|not found)/ }] },
  {
    run: "{p} queue t",
    lines: [{ has: "Job queue of current user on cluster t", next: /^ID\s+NAME\s/ }, { has: /^1\s+min\s.*SUCCEEDED/ }],
  },
  { run: "{p} queue t -u", lines: [{ has: "Job queue of all users on cluster t" }] },
  {
    run: "{p} exec t 'echo hi test'",
    lines: [
      { has: "Submitting job to cluster: t" },
      { has: "Job submitted, ID: 6" },
      { has: /\(sky-cmd, pid=\d+\) hi test/ },
      { has: "Job finished (status: SUCCEEDED)." },
    ],
  },
  {
    run: "{p} exec t 'exit 3'",
    exit: 100,
    lines: [{ has: "Job 7 failed with return code list: [3]" }, { has: "Job finished (status: FAILED)." }],
  },
  { run: "{p} logs t 7", exit: 100, lines: [{ has: "Job finished (status: FAILED)." }] },
  { run: "{p} logs t 7 --status", exit: 100, lines: [{ has: "Job 7: FAILED" }] },
  { run: "{p} exec t -d 'sleep 600'", lines: [{ has: "Job submitted, ID: 8" }, { has: "Useful Commands" }] },
  { run: "{p} cancel t 8 -y", lines: [{ has: "Cancelled job ID(s): 8" }] },
  {
    run: "{p} cancel t -y",
    lines: [
      { has: "No job IDs or --all/--all-users provided; cancelling the latest running job." },
      { has: "No jobs cancelled. They may be in terminal states." },
    ],
  },
  { run: "{p} queue t", lines: [{ has: /^8\s+sky-cmd\s.*CANCELLED/ }, { has: /^7\s.*FAILED/ }] },
  {
    run: `p=$({p} logs t 1 --sync-down | grep "Job 1 logs:" | sed -E "s/^.*Job 1 logs: (.*)\\x1b\\[0m/\\1/g") && test -f "$(eval echo "$p")/run.log" && cat "$(eval echo "$p")/run.log"`,
    exit: 0,
    env: { NO_COLOR: "", FORCE_COLOR: "1" },
    lines: [{ has: "task run finish" }],
  },
  {
    run: "{p} logs t 1 --sync-down",
    env: { NO_COLOR: "" },
    lines: [
      { has: /Job 1 logs: \/.*\x1b\[0m$/, under: "sky" },
      { has: /^Job 1 logs: \/[^\x1b]*$/, under: "stix" },
    ],
  },
  { run: "{p} logs t '*' --sync-down", lines: [{ has: /^Job 1 logs: / }, { has: /^Job 8 logs: / }] },
  {
    run: "{p} logs t '[12]' 6 --sync-down",
    lines: [{ has: /^Job 1 logs: / }, { has: /^Job 2 logs: / }, { has: /^Job 6 logs: / }],
    never: ["Job 3 logs"],
  },
  { run: "{p} logs t * --sync-down", lines: [{ has: "No matching log directories found" }] },
  { run: "{p} logs --provision t --no-follow --tail 10", lines: [{ has: "Launching on local", next: "is up." }] },
  { run: "{p} cost-report --all", lines: [{ has: /^t\s/ }, { has: "Total Cost: $0.00" }] },

  // --- requests
  { run: "{p} exec t echo --async", lines: [{ has: "Submitting job to cluster: t" }, ...submitted("exec")] },
  {
    run: `s=$({p} exec t 'sleep 600' --async) && $(echo "$s" | grep "To cancel the request" | sed -E "s/.*run: ({p} api cancel .*).*/\\1/") -y`,
    lines: [{ has: /request/i }],
  },
  { run: "{p} launch -y -c other min.yaml --async", lines: submitted("launch") },
  { run: "{p} down -y other --async", lines: submitted("down") },
  {
    run: "{p} api status -a -l 2",
    lines: [
      { has: /^ID\s+User\s+Name\s+Created\s+Status/ },
      { has: 'Showing 2 requests. Use "-l none" or "-l all" to show all requests.' },
    ],
  },
  {
    run: "{p} api status -a -l all",
    lines: [
      { has: /^[0-9a-f-]{36}\s+tester\s+sky\.launch\s.*SUCCEEDED/, under: "sky" },
      { has: /^[0-9a-f-]{36}\s+tester\s+launch\s.*SUCCEEDED/, under: "stix" },
    ],
  },
  {
    run: "{p} api cancel ffffffff -y",
    lines: [{ has: "Cancelling 1 request: 'ffffffff'..." }, { has: "No requests need to be cancelled." }],
  },

  // --- stop, start, autostop, down
  {
    run: "{p} autostop -y t -i 5",
    lines: [
      { has: "Scheduling autostop on cluster 't'...done" },
      { has: "The cluster will be autostopped after 5 minutes of idleness." },
      { has: /To cancel the autostop, run: (sky|stix) autostop t --cancel/ },
    ],
  },
  { run: "{p} status t", lines: [{ has: /^t\s.*\s5m\s/ }] },
  {
    run: "{p} autostop -y t -i 60 --down",
    lines: [
      { has: "Scheduling autodown on cluster 't'...done" },
      { has: "The cluster will be autodowned after 60 minutes of idleness." },
    ],
  },
  { run: "{p} status t", lines: [{ has: /^t\s.*\s1h \(down\)\s/ }] },
  {
    run: "{p} autostop -y t -i -5",
    lines: [{ has: "Cancelling auto{stop,down} on cluster 't'...done" }],
    never: ["-5 ", "will be auto"],
  },
  { run: "{p} status t", lines: [{ has: /^t\s.*\sUP\s+-\s/ }] },
  { run: "{p} autostop -y t --cancel", lines: [{ has: "Cancelling auto{stop,down} on cluster 't'...done" }] },
  { run: "{p} start -y t", lines: [{ has: "Cluster t already has status UP." }] },
  {
    run: "{p} stop -y t",
    lines: [{ has: "Stopping cluster t...done." }, { has: /To restart the cluster, run: (sky|stix) start t/ }],
  },
  { run: "{p} status t", lines: [{ has: /^t\s.*\sSTOPPED\s/ }] },
  { run: "{p} start -y", lines: [{ has: "Cluster t started." }] },
  {
    run: "{p} stop -y t && {p} launch -y -c t --fast min.yaml",
    lines: [{ has: "Launching on local", next: "is up." }, { has: "Job finished (status: SUCCEEDED)." }],
  },

  // --- several nodes, failing setups, devices
  {
    run: "{p} launch -y -c g --infra local bad-setup.yaml",
    exit: 100,
    lines: [
      { has: "Launching on local", next: "are up." },
      { has: "Waiting for task resources on 2 nodes." },
      {
        has: /setup failed\. Failed workers: \(pid=\d+, returncode=3, node=\w+\).*\. See error logs above for more details\.$/,
      },
      { has: "Job finished (status: FAILED_SETUP)." },
    ],
  },
  {
    run: "{p} launch -y -c d --infra local ordered.yaml",
    lines: [
      { has: "Using user-specified accelerators list (will be tried in the listed order): local T4:2, local T4:1" },
    ],
  },
  {
    run: "{p} gpus list --infra local",
    lines: [{ has: "COMMON_GPU" }, { has: /^T4\s+1, 2, 4/ }, { has: "OTHER_GPU" }, { has: /^ODD-1\s+1\s/ }],
  },
  {
    run: "{p} launch -y --infra local --cpus 99999 true",
    exit: 1,
    lines: [
      {
        has: /has no 99999 vCPUs; it has \d+ vCPUs, [\d.]+ GB of memory and T4:4, ODD-1:1 for each of at most \d+ nodes/,
        at: "err",
      },
    ],
  },
  {
    run: "{p} launch -y --infra local --memory 9999999 true",
    exit: 1,
    lines: [{ has: "has no 9999999 GB of memory", at: "err" }],
  },
  {
    run: "{p} launch -y --infra local --num-nodes 1000000 true",
    exit: 1,
    lines: [{ has: "has no 1000000 nodes", at: "err" }],
  },
  {
    run: "{p} down -y g d",
    lines: [
      { has: "Terminating 2 clusters" },
      { has: "Terminating cluster g...done." },
      { has: "Terminating cluster d...done." },
      { has: "Summary:", next: /✓ Succeeded: (g, d|d, g)$/ },
    ],
  },
  { run: "{p} down -y t", lines: [{ has: "Terminating cluster t...done." }] },
  { run: "{p} logs --provision t --no-follow", lines: [{ has: "Launching on local" }] },
  { run: "{p} status -r t; {p} status t", lines: [{ has: "'t' not found" }] },
];
