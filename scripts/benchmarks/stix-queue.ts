// Rows about many jobs and about gangs.
import { jobState } from "#shared/lifecycle/job.ts";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { callPath, type CallName } from "#shared/api/calls.ts";
import { SERVER_TOKEN_HEADER } from "#shared/api/server-token.ts";
import type { Deployment } from "#test/e2e/harness.ts";
import { until } from "#test/e2e/harness.ts";
import { ms, perSecond, summary, timeCommand } from "./measure.ts";
import type { Row } from "./row.ts";

const jobCount = 1000;
const submittersAtOnce = 8;

/** Jobs that do nothing, submitted one by one through the HTTP API as our own client does; until the last is at its end. */
export async function noopRows(on: Deployment, cluster: string): Promise<Row[]> {
  const floor = summary(Array.from({ length: 30 }, () => timeCommand(["bash", "-c", "true"]).ms)).p50;
  const before = await highestJob(on, cluster);
  const startedAt = performance.now();
  let left = jobCount;
  const submit = async () => {
    while (left > 0) {
      left -= 1;
      await submitExec(on, cluster, "run: 'true'\n", {});
    }
  };
  await Promise.all(Array.from({ length: submittersAtOnce }, submit));
  const submitted = jobCount / ((performance.now() - startedAt) / 1000);
  await untilAllEnded(on, cluster, before + jobCount);
  const rate = jobCount / ((performance.now() - startedAt) / 1000);
  const rows: Row[] = [
    {
      key: "noop",
      what: `${jobCount} no-op jobs, one by one over HTTP (submitted at ${perSecond(submitted)})`,
      ours: perSecond(rate),
      aim: "≥ 3× Slurm, > Ray",
      met: null,
      floor: `bash -c true, one core: ${perSecond(1000 / floor)}`,
    },
  ];
  const arrayStartedAt = performance.now();
  const copies = await submitExec(on, cluster, "run: 'true'\n", { stix_copies: jobCount });
  if (!copies) return rows;
  await untilAllEnded(on, cluster, before + 2 * jobCount);
  const arrayRate = jobCount / ((performance.now() - arrayStartedAt) / 1000);
  return [
    ...rows,
    {
      key: "noop-array",
      what: `${jobCount} no-op jobs as one array`,
      ours: perSecond(arrayRate),
      aim: "towards HyperQueue",
      met: null,
      floor: `bash -c true, one core: ${perSecond(1000 / floor)}`,
    },
  ];
}

/** Puts a task on the queue; true when the server knew every field of the body. */
async function submitExec(
  on: Deployment,
  cluster: string,
  task: string,
  extra: Readonly<Record<string, number>>,
): Promise<boolean> {
  const answer = await post(on, "exec", {
    task,
    cluster_name: cluster,
    dryrun: false,
    down: false,
    backend: null,
    entrypoint_command: "benchmark",
    ...extra,
  });
  await answer.arrayBuffer();
  if (!answer.ok && Object.keys(extra).length === 0) throw new Error(`exec answered ${answer.status}`);
  return answer.ok;
}

/** As our own client does: with the token that only the server's user can read. */
async function post(on: Deployment, name: CallName, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const headers = {
    "Content-Type": "application/json",
    [SERVER_TOKEN_HEADER]: readFileSync(join(on.state, "server.token"), "utf8"),
  };
  const whole = { env_vars: {}, using_remote_api_server: false, override_skypilot_config: {}, ...body };
  return await fetch(`http://127.0.0.1:${on.port}${callPath(name)}`, {
    method: "POST",
    headers,
    body: JSON.stringify(whole),
  });
}

/** Null while there is no such job. */
async function statusOf(on: Deployment, cluster: string, job: number): Promise<string | null> {
  const asked = await post(on, "job_status", { cluster_name: cluster, job_ids: [job] });
  const answer = await fetch(
    `http://127.0.0.1:${on.port}${callPath("request.get")}?request_id=${asked.headers.get("x-skypilot-request-id") ?? ""}`,
  );
  const { return_value: value } = z.object({ return_value: z.string() }).parse(await answer.json());
  return z.record(z.string(), z.string().nullable()).parse(JSON.parse(value))[String(job)] ?? null;
}

const queueSchema = z.record(z.string(), z.array(z.looseObject({ job_id: z.number(), status: z.string() })));

async function queue(
  on: Deployment,
  cluster: string,
  unfinishedOnly: boolean,
): Promise<{ job_id: number; status: string }[]> {
  const text = await on.ok(["queue", cluster, "-u", ...(unfinishedOnly ? ["-s"] : []), "-o", "json"]);
  return queueSchema.parse(JSON.parse(text))[cluster] ?? [];
}

async function highestJob(on: Deployment, cluster: string): Promise<number> {
  return Math.max(0, ...(await queue(on, cluster, false)).map((job) => job.job_id));
}

async function untilAllEnded(on: Deployment, cluster: string, last: number): Promise<void> {
  const deadline = performance.now() + 300_000;
  for (;;) {
    // Jobs begin in order: only when the last has ended is the queue looked at, which costs as much as many jobs.
    if ((await statusOf(on, cluster, last)) === jobState.SUCCEEDED && (await queue(on, cluster, true)).length === 0)
      return;
    if (performance.now() > deadline) throw new Error(`${jobCount} jobs did not end within five minutes`);
    await Bun.sleep(100);
  }
}

/** From before the fork of `stix exec` to the last rank's first command. */
export async function gangRow(on: Deployment, cluster: string, size: number): Promise<Row> {
  const file = join(on.work, `gang-${size}`);
  const rounds = size > 16 ? 8 : 15;
  const samples: number[] = [];
  const spread: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    rmSync(file, { force: true });
    const startedAtMs = performance.timeOrigin + performance.now();
    await on.ok(["exec", "-d", cluster, "--num-nodes", String(size), `echo "$EPOCHREALTIME" >> ${file}`]);
    await until(
      "every rank has begun",
      () => existsSync(file) && readFileSync(file, "utf8").trim().split("\n").length === size,
      60_000,
      () => on.evidence(),
    );
    const begun = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => Number(line) * 1000);
    if (round === 0) continue;
    samples.push(Math.max(...begun) - startedAtMs);
    spread.push(Math.max(...begun) - Math.min(...begun));
  }
  const { p50, p90 } = summary(samples);
  const aim = size === 64 ? "p50 ≤ 100 ms" : "before `srun`";
  return {
    key: `gang-${size}`,
    what: `gang of ${size}: \`stix exec\` → the last rank's first command`,
    ours: `p50 ${ms(p50)}, p90 ${ms(p90)} (first to last rank ${ms(summary(spread).p50)})`,
    aim,
    met: size === 64 ? p50 <= 100 : null,
    floor: "–",
  };
}
