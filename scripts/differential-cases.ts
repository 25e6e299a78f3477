// Makes task files that are mostly right, sometimes wrong, from pools of values for every key. Same seed, same files.

export interface GeneratedCase {
  readonly group: "task" | "dag" | "volume";
  readonly yaml: string;
}

export type Draw = () => number;

/** Small, fast and the same everywhere. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function generateCases(count: number, seed: number): GeneratedCase[] {
  const draw = drawFrom(seed);
  return Array.from({ length: count }, () => generateCase(draw));
}

export function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  const item = items[Math.floor(draw() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** So many different ones, or all. */
export function chosen<Item>(draw: Draw, items: readonly Item[], count: number): Item[] {
  return [...new Set(Array.from({ length: count }, () => pick(draw, items)))];
}

function some(draw: Draw, pool: Pool, most: number): string[] {
  const keys = Object.keys(pool);
  const count = 1 + Math.floor(draw() * most);
  return chosen(draw, keys, count).map((key) => `${key}: ${pick(draw, pool[key] ?? ["x"])}`);
}

type Pool = Readonly<Record<string, readonly string[]>>;

const ODD = [
  "null",
  "~",
  "",
  "3",
  "3.5",
  "true",
  '""',
  "[]",
  "{}",
  "[a]",
  "{a: b}",
  "abc",
  "2020-01-01",
  "-1",
  '"5"',
  "1:30",
];

const WITH_ODD = (values: readonly string[]): readonly string[] => [...values, ...values, ...values, ...ODD];

const RESOURCES: Pool = {
  infra: WITH_ODD([
    "aws",
    "gcp/us-central1",
    "aws/us-east-1/us-east-1a",
    '"*"',
    '"*/us-east-1"',
    "k8s",
    "k8s/ctx/a",
    "Kubernetes/C",
    "ssh/pool",
    "slurm/c/p",
    "azure/*/1",
    "aws//a",
    "digitalocean",
    "AWS/US",
    "aws/",
    "lambda",
  ]),
  cloud: WITH_ODD(["aws", "GCP", "kubernetes", "k8s", "ssh", "foo"]),
  region: WITH_ODD(["us-east-1", '"*"', "ctx"]),
  zone: WITH_ODD(["us-east-1a", '"*"']),
  cpus: WITH_ODD(["4", "4+", '"4"', "4.0", "0.5", "abc", "0", '"4++"', "1e3", '" 8"', "016", "1_0"]),
  memory: WITH_ODD([
    "16",
    "16+",
    "16GB",
    "16gb+",
    "2x",
    "1500MB",
    "16G",
    "0",
    "1.5",
    '"2x+"',
    '"16 GB"',
    "1TB",
    "32Gi",
    "0.5x",
    "-4",
  ]),
  use_spot: WITH_ODD(["true", "false", "yes", "no", "on", '"true"']),
  job_recovery: WITH_ODD([
    "failover",
    "none",
    "EAGER_NEXT_REGION",
    "{strategy: failover}",
    "{strategy: null, max_restarts_on_errors: 2}",
    "{max_restarts_on_errors: -1}",
    "{recover_on_exit_codes: 33}",
    "{recover_on_exit_codes: [1, 2]}",
    "{recover_on_exit_codes: [1, 1]}",
    "{recover_on_exit_codes: 300}",
    "{strategy: none}",
    "{foo: 1}",
  ]),
  disk_size: WITH_ODD(["100", "256", "100GB", '"100"', "1TB", "1500MB", "0", "100.0", "1024mb", "10G"]),
  disk_tier: WITH_ODD(["low", "HIGH", "best", "none", "foo"]),
  network_tier: WITH_ODD(["best", "standard", "BEST", "foo"]),
  local_disk: WITH_ODD(["nvme", "ssd", '"500+"', "ssd:500", "hdd:5", "NVME:100", "nvme:", '"1000"', "nvme:1:2"]),
  max_hourly_cost: WITH_ODD(["1", "1.5", "0", "0.01"]),
  ports: WITH_ODD([
    "80",
    '"80-90"',
    "[80, 443]",
    '"80,443"',
    '[80-82, 81, "83"]',
    "70000",
    '"90-80"',
    '[8080, "9000-9010"]',
    '"0"',
  ]),
  labels: WITH_ODD(["{a: b}", "{a: 1}", "{a: b, c: d}", "{a: null}"]),
  accelerator_args: WITH_ODD([
    "{runtime_version: x}",
    "{tpu_vm: false}",
    "{tpu_name: n}",
    "{foo: 1}",
    "{gcp_queued_resource: true}",
  ]),
  image_id: WITH_ODD([
    "ami-1",
    "docker:ubuntu",
    "{docker: ubuntu}",
    "{us-east-1: ami-1}",
    "{us-east-1: ami-1, docker: x}",
    '{docker: x, us-east-1: "docker:y"}',
    '" ami-2 "',
    "skypilot:gpu",
  ]),
  autostop: WITH_ODD([
    "true",
    "false",
    "5",
    "30m",
    "2h",
    "1.5h",
    "{idle_minutes: 5}",
    "{down: true}",
    "{idle_minutes: 3, wait_for: JOBS}",
    "{wait_for: foo}",
    "{hook: a}",
    "{idle_minutes: 5, down: true, hook: b, hook_timeout: 7}",
    "{idle_minutes: -1}",
    "{foo: 1}",
  ]),
  priority: WITH_ODD(["0", "5", "-1000", "1000", "1001", "5.0"]),
  priority_class: WITH_ODD(["high"]),
  accelerators: WITH_ODD([
    "A100",
    "A100:8",
    "V100:0.5",
    "{A100: 1}",
    "{A100: 1, V100: 2}",
    "{A100:8, V100:2}",
    "[A100, V100:2]",
    "tpu-v2-8",
    "tpu-v5litepod-4",
    "tpu-v6e-8:1",
    "A100:0",
    "A100:abc",
    "A100:1:2",
    "{A100: null}",
    '{A100: "8"}',
    "[A100, A100:1]",
    "[A100]",
    "A100:2.0",
    "tpu-v4-podslice:4",
  ]),
  gpus: WITH_ODD(["H100", "H100:4", "[H100, A100]", "{T4: 1}"]),
  volumes: WITH_ODD([
    "[{path: /mnt, name: d}]",
    "[{path: /mnt}]",
    "[{name: d}]",
    "[{path: /mnt, storage_type: instance}]",
    "[{path: /m, name: d, disk_size: 10, disk_tier: low, attach_mode: read_only, auto_delete: true}]",
    "[3]",
  ]),
  instance_type: ["m5.large", '""', "3", "null"],
  ephemeral_storage: WITH_ODD(["100", "10GB"]),
  any_of: WITH_ODD([
    "[{infra: aws}, {infra: gcp}]",
    "[{cpus: 4}, {cpus: 8+}]",
    "[{accelerators: A100}, {accelerators: V100:2}]",
    "[{infra: aws, use_spot: true}, {infra: k8s, image_id: ubuntu}]",
    "[{labels: {x: y}}, {labels: {a: c}}]",
    "[{accelerators: {A100: 1, V100: 1}}]",
    "[{foo: 1}]",
    "[{cpus: null}]",
    "[{disk_size: 0}, {cpus: 2}]",
    "[{}]",
    "[{gpus: T4}]",
  ]),
  ordered: WITH_ODD([
    "[{infra: aws}, {infra: gcp}]",
    "[{accelerators: A100}, {accelerators: V100}]",
    "[{infra: aws, cpus: 2}, {use_spot: false}]",
    "[{foo: 1}]",
  ]),
  hooks: ["[{run: a}]"],
  acclerators: ["A100"],
  foo: ["1", "null"],
  _requires_fuse: ["true"],
  _cluster_config_overrides: ["{docker: {run_options: x}}"],
};

const STORAGE: Pool = {
  name: WITH_ODD(["bucket", "$B"]),
  source: WITH_ODD(["s3://b", "/tmp", "[/tmp/a, /tmp/b]", "gs://b/sub", "https://a.blob.core.windows.net/c"]),
  store: WITH_ODD(["s3", "GCS", "r2", "volume", "foo", "hf"]),
  mode: WITH_ODD(["MOUNT", "copy", "mount_cached", "foo"]),
  persistent: WITH_ODD(["true", "false"]),
  type: WITH_ODD(["DATASET_RO", "model_checkpoint_rw"]),
  config: WITH_ODD([
    "{mount_cached: {transfers: 4}}",
    "{mount: {read_only: true}}",
    "{mount_cached: {buffer_size: 16M, vfs_write_back: 5s}}",
    "{mount_cached: {foo: 1}}",
    "{disk_size: 50}",
    "{foo: 1}",
  ]),
  foo: ["1", "null"],
};

const SERVICE: Pool = {
  readiness_probe: WITH_ODD([
    "/",
    "/health",
    "health",
    "{path: /h}",
    "{path: /h, initial_delay_seconds: 5, timeout_seconds: 3}",
    "{initial_delay_seconds: 5}",
    "{path: /h, post_data: {a: 1}}",
    "{path: /h, post_data: '{\"a\": 1}'}",
    "{path: /h, post_data: bad}",
    "{path: /h, headers: {A: b}}",
    "{path: /h, foo: 1}",
  ]),
  replicas: WITH_ODD(["1", "2", "0"]),
  replica_policy: WITH_ODD([
    "{min_replicas: 1}",
    "{min_replicas: 1, max_replicas: 3, target_qps_per_replica: 2}",
    "{min_replicas: 1, max_replicas: 3}",
    "{max_replicas: 2}",
    "{min_replicas: 2, max_replicas: 1, target_qps_per_replica: 1}",
    "{min_replicas: 1, max_replicas: 2, target_qps_per_replica: {A100: 1}}",
    "{min_replicas: 1, num_overprovision: 1, dynamic_ondemand_fallback: true}",
    "{min_replicas: 1, upscale_delay_seconds: 5}",
  ]),
  load_balancing_policy: WITH_ODD(["round_robin", "least_load", "instance_aware_least_load", "ROUND_ROBIN", "foo"]),
  load_balancer: WITH_ODD(["{stream_timeout_seconds: 5}", "{}"]),
  ports: WITH_ODD(["8080", "70000", '"8080"']),
  tls: WITH_ODD(["{keyfile: a, certfile: b}", "{keyfile: a}"]),
  workers: ["1"],
  pool: ["{workers: 1}"],
  foo: ["1", "null"],
};

const POOL: Pool = {
  workers: WITH_ODD(["1", "0", "3"]),
  min_workers: WITH_ODD(["1", "2"]),
  max_workers: WITH_ODD(["1", "2", "5"]),
  queue_length_threshold: WITH_ODD(["1", "0", "3"]),
  upscale_delay_seconds: WITH_ODD(["5", "1.5"]),
  downscale_delay_seconds: WITH_ODD(["5"]),
  foo: ["1"],
};

const CONFIG: Pool = {
  docker: WITH_ODD(["{run_options: -v}", "{run_options: [a, b]}", "{foo: 1}"]),
  kubernetes: WITH_ODD([
    "{provision_timeout: 60}",
    "{pod_config: {spec: {a: b}}}",
    "{foo: 1}",
    "{custom_metadata: {labels: {a: b}}}",
    "{custom_metadata: {namespace: x}}",
    "{kueue: {local_queue_name: q}}",
    "{enable_docker: ALL}",
    "{set_pod_resource_limits: 0.5}",
    "{remote_identity: {a: b}}",
  ]),
  gcp: WITH_ODD([
    "{vpc_name: v}",
    "{managed_instance_group: {run_duration: 3}}",
    "{managed_instance_group: {}}",
    "{foo: 1}",
    "{subnet_names: [a]}",
  ]),
  azure: WITH_ODD(["{remote_identity: [{a: b}]}", "{vpc_name: null}"]),
  slurm: WITH_ODD(["{quota: {queue: q}}", "{sbatch_options: {a: 1, b: null}}", "{foo: 1}", '{quota: {queue: ""}}']),
  ssh: WITH_ODD(["{pod_config: {}}", "{foo: 1}"]),
  vast: WITH_ODD(["{datacenter_only: true}"]),
  nvidia_gpus: WITH_ODD(["{disable_ecc: true}"]),
  aws: WITH_ODD(["{use_ssm: true}"]),
  active_workspace: WITH_ODD(["w"]),
  hooks: WITH_ODD([
    "[{run: a}]",
    "[{run: a, events: [stop], timeout: 5}]",
    "[{run: a, events: [foo]}]",
    "[{events: [stop]}]",
    "[{run: a, events: [stop, stop]}]",
  ]),
};

const TASK: Pool = {
  name: WITH_ODD(["train", "a b", '"my-task"']),
  workdir: WITH_ODD([".", "/tmp/$A", '{url: "https://example.com/a.git"}', "{url: u, ref: main}", "{ref: x}", "~/x"]),
  num_nodes: WITH_ODD(["1", "2", "0", "2.0", '"2"']),
  setup: WITH_ODD(["echo setup", "|\n  a\n  b"]),
  run: WITH_ODD(["echo hi", "|\n  a\n  b\n", "'a: b'", "on", "=", ">\n  a\n  b"]),
  envs: WITH_ODD([
    "{A: x}",
    "{A: 1, B: true, C: 1.50}",
    "{A: null}",
    "{a-b: c}",
    '{A: ""}',
    "{A: 1e3, B: 0x1F, C: 017, D: yes}",
    "{A: 2020-01-01, B: 1:30}",
    "{A: [1]}",
    "{1: a}",
  ]),
  secrets: WITH_ODD([
    "{S: x}",
    "{S: null}",
    '["secrets:S"]',
    "[S]",
    '{"secrets:S": null}',
    '{"secrets:S": x}',
    "{S: x, T: null}",
    "{A: y}",
  ]),
  managed_secrets: WITH_ODD([
    "[S]",
    "[{S: {mount_path: /s}}]",
    "[S, {T: {mount_path: /t}}]",
    "[{S: {foo: 1}}]",
    "[{S: {}}]",
  ]),
  inputs: WITH_ODD(['{"s3://b": 10}', '{"s3://b": 1, "gs://c": 2}']),
  outputs: WITH_ODD(['{"gs://b": 1.5}']),
  event_callback: WITH_ODD(["echo x"]),
  api_server_access: WITH_ODD(["true", "false"]),
  volumes: WITH_ODD(["{/mnt: v}", "{/mnt: {name: v, sub_path: a}}", "{/$A: $A}", "{/mnt: {size: 10Gi}}"]),
  file_mounts_mapping: ["{a: b}"],
  runs: ["x"],
  foo: ["1", "null"],
};

function section(entries: readonly string[]): string {
  return `{${entries.join(", ")}}`;
}

function taskText(draw: Draw): string {
  const lines = draw() < 0.55 ? some(draw, TASK, 3) : [];
  if (draw() < 0.5) lines.push(`resources: ${section(some(draw, RESOURCES, 4))}`);
  if (draw() < 0.15) lines.push(`file_mounts: {/data: ${section(some(draw, STORAGE, 4))}}`);
  else if (draw() < 0.08)
    lines.push(
      `file_mounts: ${pick(draw, WITH_ODD(["{/a: /tmp}", "{/a: s3://b, /c: ~/d}", "{/a: 3}", "{/a: null}", "{/$A: $A}"]))}`,
    );
  if (draw() < 0.13) lines.push(`service: ${section(some(draw, SERVICE, 3))}`);
  else if (draw() < 0.08) lines.push(`pool: ${section(some(draw, POOL, 3))}`);
  if (draw() < 0.13) lines.push(`config: ${section(some(draw, CONFIG, 2))}`);
  return lines.length === 0 ? "run: echo\n" : `${lines.join("\n")}\n`;
}

const HEADER: Pool = {
  name: ["p", "p-1", "p p", "null", "3"],
  execution: ["serial", "parallel", "parallel", "parallel", "foo", "null"],
  primary_tasks: ["[a]", "[zz]", "a", "[]", "null"],
  termination_delay: ["30s", "5m", "10", "xyz", "{a: 5s}", "{zz: 5s}", "{default: 1h}", "1.5", "null"],
  inter_connection: ["true", "false", "3", "null"],
  foo: ["1"],
};

function dagText(draw: Draw): string {
  const header = ["name: p", ...some(draw, HEADER, 3)];
  const unique = [...new Map(header.map((line) => [line.split(":")[0] ?? "", line])).values()];
  const count = 1 + Math.floor(draw() * 3);
  const names = ["a", "b", "a", "c d", ""];
  const tasks = Array.from({ length: count }, () => {
    const name = pick(draw, names);
    const body = draw() < 0.7 ? "run: echo\n" : taskText(draw).replace(/^name:.*\n/m, "");
    return (name === "" ? "" : `name: ${name}\n`) + body;
  });
  return [`${unique.join("\n")}\n`, ...tasks].join("---\n");
}

/** A slip of the hand: a letter lost, doubled or changed, or a line moved in. */
function mutated(draw: Draw, text: string): string {
  const at = Math.floor(draw() * text.length);
  const kind = draw();
  if (kind < 0.3) return text.slice(0, at) + text.slice(at + 1);
  if (kind < 0.5) return text.slice(0, at) + text.charAt(at) + text.slice(at);
  if (kind < 0.8)
    return (
      text.slice(0, at) +
      pick(draw, [":", " ", '"', "'", "[", "{", "#", ",", "-", "&", "x", "\t", "|", "*", "!", "%", "@", "`", "?"]) +
      text.slice(at + 1)
    );
  return text.replace(/\n/g, (line) => (draw() < 0.3 ? "\n  " : line));
}

function generateCase(draw: Draw): GeneratedCase {
  const isDag = draw() < 0.15;
  const text = isDag ? dagText(draw) : taskText(draw);
  return { group: isDag ? "dag" : "task", yaml: draw() < 0.12 ? mutated(draw, text) : text };
}
