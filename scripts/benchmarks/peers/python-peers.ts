// Peers that come as Python packages: Ray, HyperQueue, and SkyPilot's own command line. Each in an environment of its own.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { freePort } from "#test/free-port.ts";
import { ms, perSecond, processFacts, summary, timeCommand } from "../measure.ts";
import type { PeerFigures } from "../row.ts";

/** Makes the environment once; gives its bin folder. Throws what pip says. */
export function pythonEnvironment(cache: string, name: string, packages: readonly string[]): string {
  const folder = join(cache, name);
  if (!existsSync(join(folder, "complete"))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    timeCommand(["python3", "-m", "venv", folder]);
    timeCommand([join(folder, "bin/pip"), "install", "--quiet", "--disable-pip-version-check", ...packages]);
    writeFileSync(join(folder, "complete"), packages.join("\n"));
  }
  return join(folder, "bin");
}

const rayFigures = z.object({
  memory_mib: z.number(),
  task_ms: z.number(),
  gang_1_ms: z.number(),
  gang_4_ms: z.number(),
  gang_16_ms: z.number(),
  tasks_per_second: z.number(),
});

export async function measureRay(cache: string): Promise<PeerFigures> {
  const bin = pythonEnvironment(cache, "ray", ["ray[default]==2.60.0"]);
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    RAY_USAGE_STATS_ENABLED: "0",
    RAY_AUTH_MODE: "disabled",
    RAY_DISABLE_IMPORT_WARNING: "1",
    HOME: join(cache, "ray-home"),
  };
  mkdirSync(env.HOME, { recursive: true });
  const text = timeCommand([join(bin, "python"), join(import.meta.dir, "ray-figures.py")], env).stdout;
  const taken = rayFigures.parse(JSON.parse(text.split("\n").findLast((line) => line.startsWith("{")) ?? ""));
  const submit = await raySubmit(bin, env);
  return {
    exec: `ray job submit, until it returns: ${ms(submit)}`,
    noop: perSecond(taken.tasks_per_second),
    "gang-1": `warm ${ms(taken.gang_1_ms)}`,
    "gang-4": `warm ${ms(taken.gang_4_ms)}`,
    "gang-16": `warm ${ms(taken.gang_16_ms)}`,
    "rss-skylet": `head ${taken.memory_mib} MiB`,
  };
}

async function raySubmit(bin: string, env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const [port, dashboard] = [freePort(), freePort()];
  const ray = join(bin, "ray");
  // Blocking, because its own "stop" would end every Ray of this machine, not only ours.
  const head = Bun.spawn(
    [
      ray,
      "start",
      "--head",
      "--block",
      `--port=${port}`,
      "--include-dashboard=true",
      `--dashboard-port=${dashboard}`,
      "--num-cpus=8",
    ],
    { env: { ...env }, stdin: "ignore", stdout: "ignore", stderr: "ignore" },
  );
  try {
    const submit = [ray, "job", "submit", "--address", `http://127.0.0.1:${dashboard}`, "--", "true"];
    const deadline = performance.now() + 60_000;
    // The dashboard takes a while until it accepts jobs.
    while (!Bun.spawnSync(submit, { env: { ...env } }).success && performance.now() < deadline) await Bun.sleep(500);
    return summary(Array.from({ length: 5 }, () => timeCommand(submit, env).ms)).p50;
  } finally {
    head.kill("SIGTERM");
    await head.exited;
  }
}

const hyperqueueFigures = z.object({ task_ms: z.number(), tasks_per_second: z.number() });

export function measureHyperqueue(cache: string): PeerFigures {
  const bin = pythonEnvironment(cache, "hyperqueue", ["hyperqueue==0.27.0"]);
  const text = timeCommand([join(bin, "python"), join(import.meta.dir, "hyperqueue-figures.py")]).stdout;
  const taken = hyperqueueFigures.parse(JSON.parse(text.split("\n").findLast((line) => line.startsWith("{")) ?? ""));
  return { "noop-array": `${perSecond(taken.tasks_per_second)} (not durable)` };
}

export async function measureSkypilot(cache: string): Promise<PeerFigures> {
  const bin = pythonEnvironment(cache, "skypilot", ["skypilot==0.14.1", "pip<26", "setuptools<81"]);
  const home = join(cache, "skypilot-home");
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const env = {
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    HOME: home,
    SKYPILOT_API_SERVER_LOCAL_PORT: String(freePort()),
    SKYPILOT_DISABLE_USAGE_COLLECTION: "1",
  };
  const sky = join(bin, "sky");
  const median = (words: readonly string[], count: number) =>
    ms(summary(Array.from({ length: count }, () => timeCommand([sky, ...words], env).ms)).p50);
  const version = median(["--version"], 5);
  timeCommand([sky, "api", "start"], env);
  try {
    const status = median(["status"], 3);
    await Bun.sleep(20_000);
    const memory = skypilotServer(home).reduce((sum, pid) => sum + processFacts(pid).rssMib, 0);
    return { version: version, status: status, "rss-server": `${memory.toFixed(0)} MiB (after a few calls)` };
  } finally {
    timeCommand([sky, "api", "stop"], env);
  }
}

/** The server's processes: those that have this HOME. */
function skypilotServer(home: string): number[] {
  const listed = Bun.spawnSync(["sh", "-c", `grep -lsz '^HOME=${home}$' /proc/[0-9]*/environ`]).stdout.toString();
  return [...listed.matchAll(/\/proc\/(\d+)\//g)].map((match) => Number(match[1]));
}
