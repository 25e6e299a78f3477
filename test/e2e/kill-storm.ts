// Kills the machinery at random while gang jobs run, and checks every promise afterwards. Bounded, and repeatable in its choices by a seed.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jobs } from "./answers.ts";
import { Deployment, until } from "./harness.ts";

export interface StormOptions {
  readonly seed: number;
  readonly jobs: number;
  readonly nodes: number;
  /** No storm takes longer: then it has failed. */
  readonly limitMs: number;
}

export interface StormResult {
  readonly kills: Readonly<Record<string, number>>;
  readonly states: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** One sentence for each promise that was broken. */
  readonly broken: readonly string[];
}

type Fate = "succeed" | "fail" | "cancel";

interface Planned {
  readonly number: number;
  readonly fate: Fate;
  readonly nodes: number;
  readonly seconds: number;
}

const finalStates = new Set(["SUCCEEDED", "FAILED", "FAILED_SETUP", "FAILED_DRIVER", "CANCELLED"]);
const submittersAtOnce = 3;

/** A small generator (mulberry32): the same seed gives the same jobs and the same order of victims. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export async function runStorm(options: StormOptions): Promise<StormResult> {
  const startedAt = performance.now();
  const broken: string[] = [];
  const kills: Record<string, number> = {};
  const states: Record<string, number> = {};
  {
    await using on = new Deployment();
    const ledger = join(on.work, "ledger");
    await on.ok(["launch", "-y", "-c", "storm", "--infra", "local", "--num-nodes", String(options.nodes), "true"]);
    const planned = planJobs(options);
    const idByNumber = await submitInStorm(on, planned, options, ledger, { kills, broken });
    const final = await untilAllFinal(on, idByNumber, options, startedAt, broken);
    for (const state of final.values()) states[state] = (states[state] ?? 0) + 1;
    judge(planned, idByNumber, final, readLedger(ledger), broken);
    await expectStill(on, final, broken);
    try {
      await on.ok(["down", "-y", "storm"]);
      await on.expectOnlyControlPlane();
    } catch (error) {
      broken.push(`after down something is left: ${String(error)}`);
    }
  }
  return { kills, states, seconds: (performance.now() - startedAt) / 1000, broken };
}

function fateOf(draw: number): Fate {
  if (draw < 0.75) return "succeed";
  return draw < 0.9 ? "fail" : "cancel";
}

function planJobs(options: StormOptions): Planned[] {
  const chance = seeded(options.seed);
  return Array.from({ length: options.jobs }, (_, number) => {
    const draw = chance();
    return {
      number,
      fate: fateOf(draw),
      nodes: 1 + Math.floor(chance() * options.nodes),
      seconds: Math.round(chance() * 8) / 10,
    };
  });
}

/** The rank says that it begins and that it ends, in one file that only grows; short lines are written whole. */
function script(job: Planned, ledger: string): string {
  const say = (word: string) =>
    `echo "${word} ${job.number} $SKYPILOT_INTERNAL_JOB_ID $SKYPILOT_NODE_RANK $$" >> ${ledger}`;
  if (job.fate === "cancel") return `${say("begin")}; sleep 600`;
  return `${say("begin")}; sleep ${job.seconds}; ${say("end")}; exit ${job.fate === "fail" ? 5 : 0}`;
}

async function submitInStorm(
  on: Deployment,
  planned: readonly Planned[],
  options: StormOptions,
  ledger: string,
  { kills, broken }: { readonly kills: Record<string, number>; readonly broken: string[] },
): Promise<Map<number, number>> {
  const idByNumber = new Map<number, number>();
  const waiting = [...planned];
  const storm = new AbortController();
  const killer = killAtRandom(on, options, kills, storm.signal);
  const submit = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const ended = await on.stix(["exec", "-d", "storm", "--num-nodes", String(job.nodes), script(job, ledger)], {
        timeoutMs: options.limitMs,
      });
      const id = Number(/Job submitted, ID: (\d+)/.exec(ended.stdout + ended.stderr)?.[1]);
      if (ended.status !== 0 || !Number.isInteger(id))
        broken.push(`exec number ${job.number} ended with ${ended.status}: ${ended.stderr.trim()}`);
      else idByNumber.set(job.number, id);
      if (job.fate === "cancel" && Number.isInteger(id)) await cancelOnceRunning(on, id, ledger, broken);
    }
  };
  await Promise.all(Array.from({ length: submittersAtOnce }, submit));
  storm.abort();
  await killer;
  return idByNumber;
}

async function cancelOnceRunning(on: Deployment, id: number, ledger: string, broken: string[]): Promise<void> {
  try {
    await until(`job ${id} began`, () => readLedger(ledger).some((line) => line.jobId === id), 120_000);
  } catch {
    broken.push(`job ${id} did not begin within two minutes, and was to be cancelled while it ran`);
  }
  const ended = await on.stix(["cancel", "-y", "storm", String(id)]);
  if (ended.status !== 0) broken.push(`cancel of job ${id} ended with ${ended.status}: ${ended.stderr.trim()}`);
}

async function killAtRandom(
  on: Deployment,
  options: StormOptions,
  kills: Record<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const chance = seeded(options.seed + 1);
  while (!signal.aborted) {
    const role = (["server", "hub", "bus", "skylet", "skylet"] as const)[Math.floor(chance() * 5)] ?? "skylet";
    const nid = role === "skylet" ? `n${Math.floor(chance() * options.nodes)}` : undefined;
    const count = await on.kill(role, nid);
    if (count > 0)
      kills[nid === undefined ? role : `${role} ${nid}`] =
        (kills[nid === undefined ? role : `${role} ${nid}`] ?? 0) + count;
    // Long enough that something comes up again between two blows, short enough that it is hit while it recovers.
    await Bun.sleep(50 + chance() * 450);
  }
}

async function untilAllFinal(
  on: Deployment,
  idByNumber: ReadonlyMap<number, number>,
  options: StormOptions,
  startedAt: number,
  broken: string[],
): Promise<Map<number, string>> {
  const states = new Map<number, string>();
  const leftMs = Math.max(options.limitMs - (performance.now() - startedAt), 20_000);
  try {
    await until(
      "every job is at its end",
      async () => {
        for (const job of await jobs(on, "storm")) states.set(job.job_id, job.status.replace("JobStatus.", ""));
        return [...idByNumber.values()].every((id) => finalStates.has(states.get(id) ?? ""));
      },
      leftMs,
    );
  } catch {
    const open = [...idByNumber.values()]
      .filter((id) => !finalStates.has(states.get(id) ?? ""))
      .map((id) => `${id} ${states.get(id) ?? "absent"}`);
    broken.push(`jobs without an end: ${open.join(", ")}${on.evidence()}`);
  }
  return states;
}

interface LedgerLine {
  readonly word: string;
  readonly number: number;
  readonly jobId: number;
  readonly rank: number;
}

function readLedger(file: string): LedgerLine[] {
  if (!existsSync(file)) appendFileSync(file, "");
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [word = "", number, jobId, rank] = line.split(" ");
      return { word, number: Number(number), jobId: Number(jobId), rank: Number(rank) };
    });
}

function judge(
  planned: readonly Planned[],
  idByNumber: ReadonlyMap<number, number>,
  final: ReadonlyMap<number, string>,
  ledger: readonly LedgerLine[],
  broken: string[],
): void {
  const wanted: Record<Fate, string> = { succeed: "SUCCEEDED", fail: "FAILED", cancel: "CANCELLED" };
  if (new Set(idByNumber.values()).size !== idByNumber.size) broken.push("two submissions were given one job number");
  // Job 1 is the launch itself.
  const strangers = [...final.keys()].filter((id) => id !== 1 && ![...idByNumber.values()].includes(id));
  if (strangers.length > 0)
    broken.push(`jobs that nobody submitted, or that were submitted twice: ${strangers.join(", ")}`);
  for (const job of planned) {
    const id = idByNumber.get(job.number);
    if (id === undefined) continue;
    const state = final.get(id) ?? "ABSENT";
    if (state !== wanted[job.fate]) broken.push(`job ${id} was to ${job.fate} and is ${state}`);
    const own = ledger.filter((line) => line.number === job.number);
    const begun = own.filter((line) => line.word === "begin");
    if (own.some((line) => line.jobId !== id))
      broken.push(
        `submission ${job.number} ran as job ${[...new Set(own.map((line) => line.jobId))].join(" and ")}, but was told ${id}`,
      );
    if (new Set(begun.map((line) => line.rank)).size !== begun.length)
      broken.push(`a rank of job ${id} was started twice: ${begun.map((line) => line.rank).join(", ")}`);
    if (begun.length > job.nodes) broken.push(`job ${id} of ${job.nodes} nodes began ${begun.length} times`);
    if (state === "SUCCEEDED" && own.filter((line) => line.word === "end").length !== job.nodes)
      broken.push(`job ${id} is called SUCCEEDED, but not all of its ${job.nodes} ranks came to their end`);
  }
}

/** An end is an end: another look shows the same. */
async function expectStill(on: Deployment, final: ReadonlyMap<number, string>, broken: string[]): Promise<void> {
  for (const job of await jobs(on, "storm")) {
    const now = job.status.replace("JobStatus.", "");
    if (finalStates.has(final.get(job.job_id) ?? "") && final.get(job.job_id) !== now)
      broken.push(`job ${job.job_id} was ${final.get(job.job_id)} and became ${now}`);
  }
}
