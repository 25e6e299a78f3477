// Writing and reading again, over generated tasks and over slips in them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { writeYaml } from "../yaml/write.ts";
import { formatDag } from "./format.ts";
import { maskTask, maskYaml } from "./mask.ts";
import { parseDag } from "./parse.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
/** Text of any kind that YAML can hold. */
const anyText = fc
  .string({ unit: "grapheme", maxLength: 20 })
  .filter(
    (text) =>
      !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff\ufeff\u2028\u2029]/u.test(text) && text.isWellFormed(),
  );
const trickyText = fc.constantFrom(
  "yes",
  "1:30",
  "1e3",
  "2020-01-01",
  "",
  "~",
  "null",
  "0x1F",
  "a: b",
  "# c",
  "- d",
  "'q'",
  '"',
  "\\n",
  "line\nline\n",
  " lead",
  "tail ",
  "{}",
  "*a",
  "!b",
  "%c",
  "@d",
  "=",
);
const value = fc.oneof(anyText, trickyText);
const variables = fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,6}$/), value, { maxKeys: 4 });
const plainVariables = variables.map((mapping) =>
  Object.fromEntries(Object.entries(mapping).filter(([name]) => !name.startsWith("SKYPILOT_DOCKER"))),
);

const resources = fc.record(
  {
    infra: fc.constantFrom("aws", "gcp/us-central1", "*/us-east-1", "k8s/a/b", "ssh/pool", "slurm/c/p", "AWS/r/z"),
    cpus: fc.constantFrom(4, "4+", "0.5", 2.5),
    memory: fc.constantFrom(16, "16+", "16GB", "2x", "1500MB+", 1.5),
    accelerators: fc.constantFrom(
      "A100",
      "A100:8",
      { A100: 1, V100: 2 },
      ["A100", "V100:0.5"],
      "tpu-v2-8",
      "tpu-v5-lite-podslice:4",
    ),
    use_spot: fc.boolean(),
    job_recovery: fc.constantFrom(
      "failover",
      { strategy: null, max_restarts_on_errors: 3 },
      { recover_on_exit_codes: 33 },
      { recover_on_exit_codes: [1, 2], foo: 1 },
    ),
    disk_size: fc.constantFrom(100, 256, "1TB"),
    disk_tier: fc.constantFrom("low", "BEST"),
    network_tier: fc.constant("best"),
    local_disk: fc.constantFrom("nvme", "ssd:500", "1000+"),
    max_hourly_cost: fc.constantFrom(1, 2.5),
    ports: fc.constantFrom(80, "80-90,443", [8080, "9000-9001"]),
    labels: fc.dictionary(word, value, { maxKeys: 2 }),
    image_id: fc.constantFrom(
      "ami-1",
      "docker:x",
      { docker: "x", "us-east-1": "ami" },
      { "us-east-1": "a", "us-west-2": "b" },
    ),
    autostop: fc.constantFrom(
      true,
      false,
      5,
      -1,
      "2h",
      { idle_minutes: 3, down: true, wait_for: "jobs" },
      { hook: "x" },
    ),
    priority: fc.integer({ min: -1000, max: 1000 }),
    priority_class: word,
    volumes: fc.constantFrom([{ path: "/m", name: "d", disk_size: 10 }], [{ path: "/m", storage_type: "instance" }]),
  },
  { requiredKeys: [] },
);

const taskFile = fc.record(
  {
    name: word,
    num_nodes: fc.integer({ min: 1, max: 64 }),
    workdir: fc.oneof(word, fc.constant({ url: "https://example.com/a.git", ref: "main" })),
    resources,
    setup: value,
    run: value,
    envs: plainVariables,
    secrets: fc.oneof(
      plainVariables,
      fc.constant({ A: null, B: "x", "secrets:personal.C": null }),
      fc.constant(["secrets:A"]),
    ),
    managed_secrets: fc.constantFrom(["M"], [{ N: { mount_path: "/n" } }]),
    file_mounts: fc.constantFrom(
      { "/a": "s3://b" },
      { "/a": { name: "b", mode: "copy" }, "/c": "~/d" },
      { "/a": { name: "b", mode: "MOUNT_CACHED", type: "dataset_ro", config: { mount_cached: { transfers: 4 } } } },
      { "/d": { store: "volume", name: "v", source: "/tmp" } },
    ),
    volumes: fc.constantFrom({ "/v": "vol" }, { "/v": { name: "vol", sub_path: "a" } }),
    config: fc.constantFrom(
      { docker: { run_options: ["a"] } },
      { hooks: [{ run: "x", events: ["stop"] }], kubernetes: { pod_config: { spec: {} } } },
    ),
    service: fc.constantFrom(
      { readiness_probe: "/h", replicas: 2 },
      {
        readiness_probe: { path: "/h", post_data: { a: [1] } },
        replica_policy: { min_replicas: 1, max_replicas: 3, target_qps_per_replica: 1.5 },
      },
    ),
    inputs: fc.constant({ "s3://b": 10 }),
    event_callback: value,
    api_server_access: fc.boolean(),
    _user_specified_yaml: value,
  },
  { requiredKeys: [] },
);

const poolFile = fc.record(
  {
    pool: fc.constantFrom({ workers: 2 }, { min_workers: 1, max_workers: 3, upscale_delay_seconds: 1.5 }),
    setup: value,
  },
  { requiredKeys: ["pool"] },
);

/** Files that are right; a combination that breaks a rule across keys is not of interest here. */
const dags = fc
  .array(fc.oneof({ weight: 5, arbitrary: taskFile }, poolFile), { minLength: 1, maxLength: 3 })
  .map((files) => parseDag(["name: p\n", ...files.map(writeYaml)].join("---\n")))
  .filter((parsed) => parsed.ok);

// Seconds on an idle machine; tests share theirs.
const TIMEOUT_MS = 60_000;

describe("task/round-trip", () => {
  test(
    "reading what was written gives the same tasks",
    () => {
      fc.assert(
        fc.property(dags, (parsed) => {
          const again = parseDag(formatDag(parsed.dag, { secrets: "keep" }));

          expect(again.ok && again.dag).toEqual(parsed.dag);
        }),
        { numRuns: 80 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "no secret value of any form is in what is shown",
    () => {
      const marked = fc
        .stringMatching(/^[A-Z]{1,5}$/)
        .chain((name) => fc.record({ name: fc.constant(name), extra: value }));
      fc.assert(
        fc.property(marked, ({ name, extra }) => {
          const text = writeYaml({ secrets: { [name]: `hush-hush${extra}` }, run: "echo" });
          const parsed = parseDag(text);
          const task = parsed.ok ? parsed.dag.tasks[0] : undefined;

          expect(task?.secrets).toEqual({ [name]: `hush-hush${extra}` });
          expect(maskYaml(text)).not.toContain("hush-hush");
          expect(JSON.stringify(task === undefined ? "" : maskTask({ ...task, userYaml: text }))).not.toContain(
            "hush-hush",
          );
        }),
      );
    },
    TIMEOUT_MS,
  );

  test(
    "any text at all is read or refused, never with a crash",
    () => {
      const letters = fc.string({
        unit: fc.constantFrom(...Array.from(" \n\t:-[]{},&*!|>'\"%@`#?~=abc01.$\r")),
        maxLength: 60,
      });
      fc.assert(
        fc.property(fc.oneof(letters, fc.string({ unit: "binary", maxLength: 60 })), (text) => {
          const parsed = parseDag(text);

          if (!parsed.ok) expect(parsed.problems.length).toBeGreaterThan(0);
          for (const problem of parsed.ok ? [] : parsed.problems) expect(problem.message).not.toBe("");
          maskYaml(text);
        }),
        { numRuns: 600 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "a slip in a right file is read or refused, never with a crash",
    () => {
      fc.assert(
        fc.property(
          taskFile,
          fc.nat(),
          fc.string({ unit: fc.constantFrom(...Array.from("\n :-[]{},&*!|'\"%x")), maxLength: 3 }),
          (file, at, slip) => {
            const text = writeYaml(file);
            const place = at % (text.length + 1);

            const parsed = parseDag(text.slice(0, place) + slip + text.slice(place + 1));

            for (const problem of parsed.ok ? [] : parsed.problems) expect(problem.class).toMatch(/^[A-Z][A-Za-z]+$/);
          },
        ),
        { numRuns: 300 },
      );
    },
    TIMEOUT_MS,
  );
});
