// Runs all measurements one after the other, prints the table, and writes it into docs/performance.md when it was a full run.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Deployment } from "#test/e2e/harness.ts";
import { measureHyperqueue, measureRay, measureSkypilot } from "./peers/python-peers.ts";
import { installSlurm, measureSlurm } from "./peers/slurm.ts";
import { renderRun, type Peer, type PeerFigures, type Row, type Run } from "./row.ts";
import { commandRows, execRow, nextJobRow } from "./stix-commands.ts";
import { logRows } from "./stix-logs.ts";
import { gangRow, noopRows } from "./stix-queue.ts";
import { weightRows } from "./stix-weight.ts";

const root = join(import.meta.dir, "../..");
const cache = join(process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/tmp", ".cache"), "stix-bench");
const begin = "<!-- table: begin -->";
const end = "<!-- table: end -->";

const { values } = parseArgs({
  options: {
    peers: { type: "boolean", default: false },
    only: { type: "string" },
    gangs: { type: "string", default: "1,4,16,64" },
  },
});
const notes: string[] = [];
const wanted = (name: string) =>
  values.only === undefined || values.only.split(",").includes(name.startsWith("gang of") ? "gangs" : name);

/** A section that fails is named in the table's notes and does not end the run. */
async function section<T>(name: string, measure: () => Promise<T> | T): Promise<T | null> {
  if (!wanted(name)) return null;
  process.stderr.write(`measuring ${name}\n`);
  try {
    return await measure();
  } catch (error) {
    notes.push(`${name} was not measured: it failed in this run`);
    process.stderr.write(`${String(error)}\n`);
    return null;
  }
}

async function ourRows(): Promise<Row[]> {
  const rows: (Row | readonly Row[] | null)[] = [];
  {
    await using on = new Deployment({ env: { STIX_LOCAL_ACCELERATORS: "V100:1" } });
    rows.push(await section("commands", () => commandRows(on)));
    await on.ok(["launch", "-y", "-c", "one", "--infra", "local", "--gpus", "V100:1", "true"]);
    rows.push(await section("weight", () => weightRows(on)));
    rows.push(await section("exec", () => execRow(on, "one")));
    rows.push(await section("gap", () => nextJobRow(on, "one")));
    rows.push(await section("noop", () => noopRows(on, "one")));
    rows.push(await section("logs", () => logRows(on, "one")));
  }
  if (wanted("gangs"))
    for (const size of values.gangs.split(",").map(Number))
      rows.push(await section(`gang of ${size}`, () => measureGang(size)));
  return rows.flatMap((each) => each ?? []);
}

async function measureGang(size: number): Promise<Row> {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-c", "gang", "--infra", "local", "--num-nodes", String(size), "true"], {
    timeoutMs: 300_000,
  });
  return await gangRow(on, "gang", size);
}

async function peerFigures(): Promise<Partial<Record<Peer, PeerFigures>>> {
  if (!values.peers) return {};
  const missing = installSlurm();
  if (missing !== null) notes.push(missing);
  const taken: [Peer, PeerFigures | null][] = [
    ["slurm", missing === null ? await section("slurm", () => measureSlurm(join(cache, "slurm"))) : null],
    ["ray", await section("ray", () => measureRay(cache))],
    ["skypilot", await section("skypilot", () => measureSkypilot(cache))],
    ["hyperqueue", await section("hyperqueue", () => measureHyperqueue(cache))],
  ];
  return Object.fromEntries(taken.filter(([, figures]) => figures !== null));
}

/** Aims that name a peer are judged when it was measured in the same run. */
function judged(rows: readonly Row[], figures: Readonly<Partial<Record<Peer, PeerFigures>>>): Row[] {
  const number = (text: string | undefined) => {
    const found = /([\d.]+) ?(ms|s|\/s)?/.exec(text?.replace(/^[^\d]*-[nN]\d+ /, "") ?? "");
    return found === null ? Number.NaN : Number(found[1]) * (found[2] === "s" ? 1000 : 1);
  };
  const slurm = figures.slurm ?? {};
  return rows.map((row) => {
    if (row.key === "noop" && slurm["noop-array"] !== undefined) {
      const best = Math.max(number(slurm["noop"]), number(slurm["noop-array"]));
      return { ...row, met: number(row.ours) >= 3 * best && number(row.ours) > (number(figures.ray?.["noop"]) || 0) };
    }
    if (/^gang-(1|4|16)$/.test(row.key) && slurm[row.key] !== undefined)
      return { ...row, met: number(row.ours.slice("p50 ".length)) <= number(slurm[row.key]) };
    return row;
  });
}

function keep(run: Run): void {
  const file = join(root, "docs/performance.md");
  const text = readFileSync(file, "utf8");
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error("docs/performance.md has lost the marks around its table");
  writeFileSync(file, `${before}${begin}\n${renderRun(run)}${end}${after}`);
}

const rows = await ourRows();
const figures = await peerFigures();
const run: Run = {
  date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
  machine: `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, load at the end ${loadavg()[0]?.toFixed(1)}`,
  version: Bun.spawnSync([join(root, "dist/stix"), "--version"])
    .stdout.toString()
    .trim(),
  rows: judged(rows, figures),
  figures,
  notes,
};
console.log(renderRun(run));
if (values.only === undefined && values.peers) keep(run);
