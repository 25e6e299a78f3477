// Slurm as a peer: one controller and four node daemons on this machine, tuned for short jobs, in a folder of their own. Needs root.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ms, perSecond, summary, timeCommand } from "../measure.ts";
import type { PeerFigures } from "../row.ts";

/** Installs the packages when they are missing; null with a reason when that cannot be done here. */
export function installSlurm(): string | null {
  if (Bun.which("slurmctld") !== null && Bun.which("munged") !== null) return null;
  if (process.getuid?.() !== 0 || Bun.which("apt-get") === null)
    return "Slurm comes from Debian's packages and needs root to be installed";
  for (const words of [
    ["update"],
    ["install", "-y", "--no-install-recommends", "slurmctld", "slurmd", "slurm-client", "munge"],
  ]) {
    const done = Bun.spawnSync(["apt-get", "-qq", ...words], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (!done.success) return `apt-get ${words[0]} failed: ${done.stderr.toString().trim().split("\n").at(-1)}`;
  }
  return null;
}

function configuration(folder: string): string {
  const settings = {
    ClusterName: "bench",
    SlurmctldHost: `${hostname()}(127.0.0.1)`,
    SlurmctldPort: "16817",
    SlurmUser: "root",
    SlurmdUser: "root",
    AuthType: "auth/munge",
    AuthInfo: `socket=${folder}/munge/socket`,
    CredType: "cred/munge",
    StateSaveLocation: `${folder}/state`,
    SlurmdSpoolDir: `${folder}/spool.%n`,
    SlurmctldPidFile: `${folder}/slurmctld.pid`,
    SlurmdPidFile: `${folder}/slurmd.%n.pid`,
    SlurmctldLogFile: `${folder}/log/slurmctld`,
    SlurmdLogFile: `${folder}/log/%n`,
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    MpiDefault: "none",
    JobAcctGatherType: "jobacct_gather/none",
    AccountingStorageType: "accounting_storage/none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_Core",
    SchedulerType: "sched/backfill",
    ReturnToService: "2",
    SwitchType: "switch/none",
    MaxJobCount: "20000",
    SlurmdParameters: "config_overrides",
    SchedulerParameters: "batch_sched_delay=0,sched_interval=1,bf_interval=1",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return [
    ...lines,
    `NodeName=n[1-4] NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=[17001-17004] CPUs=16 RealMemory=4000`,
    "PartitionName=p Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
    "",
  ].join("\n");
}

/** Starts Slurm, measures, stops it. */
export async function measureSlurm(folder: string): Promise<PeerFigures> {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ["state", "log", "munge"]) mkdirSync(join(folder, name), { recursive: true, mode: 0o755 });
  writeFileSync(join(folder, "slurm.conf"), configuration(folder));
  writeFileSync(join(folder, "munge/key"), crypto.getRandomValues(new Uint8Array(1024)), { mode: 0o600 });
  writeFileSync(join(folder, "noop.sh"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  const env = { ...process.env, SLURM_CONF: join(folder, "slurm.conf") };
  const munge = join(folder, "munge");
  const daemons = [
    [
      "munged",
      "--force",
      "--foreground",
      `--key-file=${munge}/key`,
      `--socket=${munge}/socket`,
      `--pid-file=${munge}/pid`,
      `--log-file=${munge}/log`,
      `--seed-file=${munge}/seed`,
    ],
    ["slurmctld", "-c", "-D"],
    ...[1, 2, 3, 4].map((at) => ["slurmd", "-D", "-N", `n${at}`]),
  ];
  const running: Bun.Subprocess[] = [];
  try {
    for (const daemon of daemons) {
      running.push(
        Bun.spawn(daemon, {
          env,
          stdin: "ignore",
          stdout: "ignore",
          stderr: Bun.file(join(folder, "log", `${daemon[0]}.out`)),
        }),
      );
      if (daemon[0] === "munged") await untilTrue(() => existsSync(`${munge}/socket`));
    }
    await untilTrue(
      () => Bun.spawnSync(["sinfo", "-h", "-o", "%D", "-t", "idle"], { env }).stdout.toString().trim() === "4",
    );
    return await figures(folder, env);
  } finally {
    for (const each of running.reverse()) each.kill("SIGTERM");
    await Promise.all(running.map((each) => Promise.race([each.exited, Bun.sleep(5000)])));
    for (const each of running) each.kill("SIGKILL");
  }
}

async function figures(folder: string, env: Readonly<Record<string, string | undefined>>): Promise<PeerFigures> {
  const median = (command: readonly string[], count: number) =>
    ms(summary(Array.from({ length: count }, () => timeCommand(command, env).ms)).p50);
  const one = median(["srun", "-N1", "true"], 20);
  const four = median(["srun", "-N4", "true"], 20);
  const sixteen = median(["srun", "-N4", "-n16", "true"], 10);
  const status = median(["squeue", "-h"], 20);
  const single = await jobsPerSecond(folder, env, 1000, false);
  const array = await jobsPerSecond(folder, env, 1000, true);
  return {
    status: `squeue ${status}`,
    exec: `srun -N1 ${one}`,
    "gang-1": `srun -N1 ${one}`,
    "gang-4": `srun -N4 ${four}`,
    "gang-16": `srun -n16 ${sixteen}`,
    noop: perSecond(single),
    "noop-array": perSecond(array),
  };
}

async function jobsPerSecond(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  count: number,
  asArray: boolean,
): Promise<number> {
  const startedAt = performance.now();
  const submit = ["sbatch", "-o", "/dev/null", "-n1"];
  if (asArray) timeCommand([...submit, `--array=1-${count}`, join(folder, "noop.sh")], env);
  else for (let at = 0; at < count; at += 1) timeCommand([...submit, join(folder, "noop.sh")], env);
  await untilTrue(() => Bun.spawnSync(["squeue", "-h", "-o", "%i"], { env }).stdout.toString().trim() === "", 100);
  return count / ((performance.now() - startedAt) / 1000);
}

async function untilTrue(holds: () => boolean, everyMs = 50): Promise<void> {
  const deadline = performance.now() + 180_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error("Slurm did not become ready within three minutes");
    await Bun.sleep(everyMs);
  }
}
