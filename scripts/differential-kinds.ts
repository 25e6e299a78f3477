// Makes cases of the kinds in which SkyPilot and we once differed: a thousand of each, near the edge where the rule decides.
import { chosen, drawFrom, pick, type Draw, type GeneratedCase } from "./differential-cases.ts";

/** A call of one of SkyPilot's functions, or a file. `kind` names the rule. */
export type KindCase = { readonly kind: Kind } & (FunctionCase | GeneratedCase);

export interface FunctionCase {
  readonly fn: "ports" | "memory" | "name_on_cloud";
  readonly in: unknown;
  readonly kw?: Readonly<Record<string, unknown>>;
}

export const KINDS = [
  "ports",
  "memory",
  "name-on-cloud",
  "empty-infra",
  "line-break",
  "volume-name",
  "ray-cluster",
] as const;

export type Kind = (typeof KINDS)[number];

/** The same for the same seed. */
export function generateKind(kind: Kind, count: number, seed: number): KindCase[] {
  const draw = drawFrom(seed);
  return Array.from({ length: count }, (): KindCase => ({ kind, ...MAKERS[kind](draw) }));
}

const MAKERS: Readonly<Record<Kind, (draw: Draw) => FunctionCase | GeneratedCase>> = {
  ports: ports,
  memory: memory,
  "name-on-cloud": nameOnCloud,
  "empty-infra": emptyInfra,
  "line-break": lineBreak,
  "volume-name": volumeName,
  "ray-cluster": rayCluster,
};

function whole(draw: Draw, from: number, to: number): number {
  return from + Math.floor(draw() * (to - from + 1));
}

function several<Item>(draw: Draw, most: number, make: () => Item): Item[] {
  return Array.from({ length: whole(draw, 1, most) }, make);
}

/** Ranges that touch, overlap, lie in one another, or are one port apart. */
function portText(draw: Draw): string {
  if (draw() < 0.06)
    return pick(draw, [
      "0",
      "65535",
      "65536",
      "1-65535",
      "65530-65536",
      "90-80",
      "80-",
      "-80",
      "a",
      "80-90-95",
      "080",
      "80 - 82",
      "²",
      "+80",
      "8080-8080",
      "1e3",
      "80.0",
      "",
    ]);
  const from = whole(draw, 8000, 8030);
  return draw() < 0.4 ? String(from) : `${from}-${from + whole(draw, 0, 9)}`;
}

function ports(draw: Draw): FunctionCase | GeneratedCase {
  const items = several(draw, 7, () => portText(draw));
  if (draw() < 0.4) return { fn: "ports", in: items };
  const joined = draw() < 0.3 ? [items.join(pick(draw, [",", ", ", " ,"]))] : items;
  const written = joined.map((item) => (/^\d+$/.test(item) && draw() < 0.5 ? item : JSON.stringify(item)));
  return task(`resources: {ports: ${written.length === 1 && draw() < 0.6 ? written[0] : `[${written.join(", ")}]`}}`);
}

const UNITS = ["kb", "ki", "mb", "mi", "gb", "gi", "tb", "ti", "pb", "pi"] as const;

function amount(draw: Draw): string {
  const digits = whole(draw, 0, draw() < 0.2 ? 99_999_999 : 4096);
  const at = draw();
  if (at < 0.35) return String(digits);
  if (at < 0.6) return `${digits}.${pick(draw, ["0", "5", "25", "125", "1", "999", "000", ""])}`;
  if (at < 0.75) return String(1024 * whole(draw, 1, 64) + pick(draw, [0, 0, 1, 512]));
  return pick(draw, [
    "0",
    "0.5",
    ".5",
    "1.",
    "1e3",
    "1E-2",
    "+4",
    "-4",
    "1_000",
    "1__0",
    "00016",
    "16.0",
    "nan",
    "inf",
    "1,5",
    "0x10",
    "",
    " 8",
    "8 ",
    "4096",
    "1.5e1",
  ]);
}

function memoryText(draw: Draw): string {
  const unit =
    draw() < 0.75 ? cased(draw, pick(draw, UNITS)) : pick(draw, ["", "", "G", "M", "b", "gib", "kib", "gbs", "x"]);
  return `${amount(draw)}${pick(draw, ["", "", "", " "])}${unit}${pick(draw, ["", "", "", "", "+", "x", "x+", "+x", "++"])}`;
}

function cased(draw: Draw, unit: string): string {
  return pick(draw, [unit, unit.toUpperCase(), unit.charAt(0).toUpperCase() + unit.slice(1), unit]);
}

function memory(draw: Draw): FunctionCase | GeneratedCase {
  const text = memoryText(draw);
  if (draw() < 0.55) {
    const kw = {
      ret_type: pick(draw, ["int", "float"]),
      allow_rounding: draw() < 0.6,
      allow_plus: draw() < 0.5,
      allow_x: draw() < 0.5,
    };
    return { fn: "memory", in: text, kw };
  }
  const key = pick(draw, ["memory", "memory", "disk_size"]);
  const plain = /^[\w.+]+$/.test(text) && draw() < 0.5;
  return task(`resources: {${key}: ${plain ? text : JSON.stringify(text)}}`);
}

const NAME_LETTERS = ["a", "b", "Z", "7", "-", "-", ".", ".", "_", "_"] as const;

/** Dots, dashes and underscores where a limit cuts, just before it and just behind it. */
function nameOnCloud(draw: Draw): FunctionCase {
  const userHash = pick(draw, ["ab12cd34", "00000000", "f"]);
  const limit = pick(draw, [null, 28, 35, 42, 47, 50, 57, 60, 120, 248]);
  const cut = (limit ?? 40) - userHash.length - 4;
  const length = Math.max(1, cut + whole(draw, -3, 12));
  const letters = Array.from({ length }, (_, at) =>
    Math.abs(at - cut) < 5 ? pick(draw, NAME_LETTERS) : pick(draw, ["a", "Q", "x", "9", "-", "_"]),
  );
  return { fn: "name_on_cloud", in: `a${letters.join("").slice(1)}`, kw: { max_length: limit, user_hash: userHash } };
}

function task(...lines: readonly string[]): GeneratedCase {
  return { group: "task", yaml: `${lines.join("\n")}\n` };
}

const PLACES = [
  "cloud: aws",
  "region: us-east-1",
  "zone: us-east-1a",
  'cloud: ""',
  'region: ""',
  'zone: ""',
  'region: "*"',
  "cloud: gcp",
  "region: null",
  "zone: null",
];
const EMPTIES = ['""', '""', '""', '" "', "null", "", '"*"', "'  '", '"/"', '"//"', '"*/*"', '"*/"', "~"];

/** An infra that says nothing, in every place where one may stand, beside what says something. */
function emptyInfra(draw: Draw): GeneratedCase {
  const infra = `infra: ${pick(draw, EMPTIES)}`;
  const others = chosen(
    draw,
    [
      ...PLACES,
      "cpus: 4",
      "accelerators: T4",
      "accelerators: tpu-v2-8",
      "image_id: ami-1",
      "image_id: docker:ubuntu",
      "use_spot: true",
      "instance_type: m5.large",
    ],
    whole(draw, 0, 2),
  );
  const own = shuffled(draw, [infra, ...others]);
  const where = draw();
  if (where < 0.55) return task(`resources: {${own.join(", ")}}`);
  const key = pick(draw, ["any_of", "ordered"]);
  const outer =
    draw() < 0.5 ? "" : `${pick(draw, ["infra: aws", 'infra: ""', "cloud: gcp", "region: us-east-1", "cpus: 2"])}, `;
  const second =
    draw() < 0.5 ? `, {${pick(draw, ["infra: gcp", 'infra: ""', "cpus: 8", "cloud: aws", 'cloud: ""'])}}` : "";
  return task(`resources: {${outer}${key}: [{${own.join(", ")}}${second}]}`);
}

function shuffled<Item>(draw: Draw, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: draw() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const BREAKS = ["\\n", "\\r\\n", "\\r", "\\n\\n", "\\u2028", "\\u0085", "\\t", "\\x1b[31m", "\\0"];
const BROKEN_KEYS = [
  "cpus",
  "memory",
  "disk_size",
  "disk_tier",
  "network_tier",
  "local_disk",
  "infra",
  "cloud",
  "region",
  "accelerators",
  "ports",
  "autostop",
  "instance_type",
  "priority",
  "max_hourly_cost",
  "use_spot",
  "image_id",
  "job_recovery",
  "accelerator_args",
  "labels",
  "zone",
] as const;

/** A value, or a key, with a line break in it: an error about it must stay one line. */
function lineBreak(draw: Draw): GeneratedCase {
  const inside = pick(draw, BREAKS);
  const [before, after] = [
    pick(draw, ["4", "A100", "aws", "us-east-1", "x", "16GB", "80", "nvme:", ""]),
    pick(draw, ["", "5", "b", "+", ":2", "/c", "GB"]),
  ];
  const value = `"${before}${inside}${after}"`;
  const where = draw();
  if (where < 0.5) return task(`resources: {${pick(draw, BROKEN_KEYS)}: ${draw() < 0.15 ? `[${value}]` : value}}`);
  if (where < 0.6) return task(`resources: {${value}: 3}`);
  if (where < 0.68) return task(`${value}: 3`);
  const key = pick(draw, [
    "name",
    "num_nodes",
    "workdir",
    "envs",
    "run",
    "setup",
    "secrets",
    "service",
    "inputs",
    "event_callback",
  ]);
  if (where < 0.84) return task(`${key}: ${value}`);
  return task(
    pick(draw, [
      `file_mounts: {/a: {name: b, mode: ${value}}}`,
      `file_mounts: {/a: {source: ${value}}}`,
      `file_mounts: {/a: {store: ${value}, name: b}}`,
      `file_mounts: {${value}: 3}`,
      `envs: {${value}: 3}`,
      `envs: {A: [${value}]}`,
      `service: {readiness_probe: ${value}}`,
      `service: {readiness_probe: /, replicas: ${value}}`,
      `service: {readiness_probe: {path: /, post_data: ${value}}}`,
      `config: {${value}: 3}`,
      `config: {gcp: {vpc_name: [${value}]}}`,
      `config: {hooks: [{run: a, events: [${value}]}]}`,
      `resources: {any_of: [{cpus: ${value}}]}`,
      `resources: {volumes: [{path: /m, storage_type: ${value}}]}`,
      `resources: {accelerators: {${value}: 1}}`,
      `resources: {accelerators: [${value}]}`,
    ]),
  );
}

/** Names at the length that Kubernetes takes, and with what it does not take at their ends. */
function volumeName(draw: Draw): GeneratedCase {
  const length = pick(draw, [
    whole(draw, 1, 12),
    whole(draw, 25, 35),
    whole(draw, 60, 66),
    whole(draw, 60, 66),
    whole(draw, 250, 256),
  ]);
  const letters = Array.from({ length }, (_, at) =>
    at % 13 === 12 && draw() < 0.5
      ? pick(draw, [".", "-", "-."])
      : pick(draw, ["a", "b", "z", "0", "9", "m", ...(draw() < 0.01 ? ["A", "_", "é"] : [])]),
  );
  const ends = draw() < 0.2 ? pick(draw, ["-", ".", "A", "_", "", " "]) : "a";
  const name =
    draw() < 0.5
      ? `${letters.join("").slice(0, Math.max(0, length - 1))}${ends}`
      : `${ends}${letters.join("").slice(0, Math.max(0, length - 1))}`;
  const lines = shuffled(draw, [
    `name: ${JSON.stringify(name)}`,
    `type: ${pick(draw, ["k8s-pvc", "k8s-pvc", "k8s-pvc", "k8s-hostpath", "runpod-network-volume"])}`,
  ]);
  const more = [
    draw() < 0.85 ? `size: ${pick(draw, ["10Gi", '"20"', "1TB", "1500MB", "1000MB", '"0"', "5gb"])}` : "",
    draw() < 0.2 ? "use_existing: true" : "",
    draw() < 0.5 ? "config: {host_path: /data}" : "",
  ];
  const infra = lines.some((line) => line.includes("runpod"))
    ? pick(draw, ["infra: runpod/CA/CA-MTL-1", "infra: runpod", ""])
    : pick(draw, ["infra: k8s", "infra: k8s/ctx", ""]);
  return { group: "volume", yaml: `${[...lines, ...more, infra].filter((line) => line !== "").join("\n")}\n` };
}

const RAY_KEYS = [
  "min_workers: 0",
  "max_workers: 2",
  "upscaling_speed: 1.0",
  "idle_timeout_minutes: 5",
  "head_node_type: head_node",
  "auth:\n  ssh_user: sky\n  ssh_private_key: ~/.ssh/sky-key",
  "setup_commands: []",
  "head_setup_commands: []",
  "worker_setup_commands:\n  - pip list",
  "cluster_synced_files: []",
  "file_mounts_sync_continuously: False",
  "file_mounts: {}",
  "file_mounts: {/a: /tmp}",
  "initialization_commands: []",
  "head_start_ray_commands:\n  - ray stop\n  - ray start --head",
  "worker_start_ray_commands:\n  - ray stop",
  "docker: {image: x, container_name: y}",
  'rsync_exclude: ["**/.git"]',
  "resources: {CPU: 2}",
  "setup: []",
];

/** The file of a Ray cluster, as it lies beside manifests: whole, or what somebody kept of it. */
function rayCluster(draw: Draw): GeneratedCase {
  const provider = pick(draw, [
    "provider:\n  type: kubernetes\n  namespace: ray\n  autoscaler_service_account: {apiVersion: v1, kind: ServiceAccount}",
    "provider:\n  type: external\n  module: a.B\n  services:\n    - {apiVersion: v1, kind: Service, metadata: {name: head}}",
    "provider: {type: aws, region: us-west-2}",
  ]);
  const nodes =
    "available_node_types:\n  head_node:\n    resources: {CPU: 1}\n    node_config: {apiVersion: v1, kind: Pod, spec: {containers: []}}";
  const lines = [
    `cluster_name: ${pick(draw, ["example-cluster", "default", "c1"])}`,
    provider,
    ...(draw() < 0.7 ? [nodes] : []),
    ...chosen(draw, RAY_KEYS, whole(draw, 0, 12)),
  ];
  const unique = [...new Map(lines.map((line) => [line.split(":")[0] ?? "", line])).values()];
  return { group: "task", yaml: `${shuffled(draw, unique).join("\n")}\n` };
}
