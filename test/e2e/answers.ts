// What the tests read out of `stix`: tables as JSON, and a job's output without its prefixes.
import { z } from "zod";
import { until, type Deployment } from "./harness.ts";

const jobSchema = z.looseObject({ job_id: z.number(), job_name: z.string().nullable(), status: z.string() });
const queueSchema = z.record(z.string(), z.array(jobSchema));
const clusterSchema = z.looseObject({ name: z.string(), status: z.string() });
const finalStates = ["SUCCEEDED", "FAILED", "FAILED_SETUP", "FAILED_DRIVER", "CANCELLED"];

export type Job = z.infer<typeof jobSchema>;
export type Cluster = z.infer<typeof clusterSchema>;

export async function jobs(on: Deployment, cluster: string): Promise<Job[]> {
  return queueSchema.parse(await on.json(["queue", cluster]))[cluster] ?? [];
}

export async function clusters(on: Deployment): Promise<Cluster[]> {
  return z.array(clusterSchema).parse(await on.json(["status"]));
}

export async function jobState(on: Deployment, cluster: string, id: number): Promise<string> {
  return (await jobs(on, cluster)).find((job) => job.job_id === id)?.status ?? "ABSENT";
}

export async function untilJob(
  on: Deployment,
  cluster: string,
  id: number,
  state: string | readonly string[],
  timeoutMs = 60_000,
): Promise<string> {
  const wanted = typeof state === "string" ? [state] : state;
  let seen = "ABSENT";
  await until(
    `job ${id} of ${cluster} becomes ${wanted.join(" or ")}`,
    async () => {
      seen = await jobState(on, cluster, id);
      if (!wanted.includes(seen) && finalStates.includes(seen))
        throw new Error(`job ${id} of ${cluster} ended as ${seen}, not ${wanted.join(" or ")}${on.evidence()}`);
      return wanted.includes(seen);
    },
    timeoutMs,
    () => `it is ${seen}${on.evidence()}`,
  );
  return seen;
}

export async function untilCluster(on: Deployment, name: string, state: string, timeoutMs = 60_000): Promise<void> {
  let seen = "";
  await until(
    `cluster ${name} becomes ${state}`,
    async () => {
      seen = (await clusters(on)).find((cluster) => cluster.name === name)?.status ?? "ABSENT";
      return seen === state;
    },
    timeoutMs,
    () => `it is ${seen}${on.evidence()}`,
  );
}

/** Lines that the job itself wrote, without "(task, pid=1) " and "(head, rank=0, pid=1) "; other lines are left out. */
export function outputLines(printed: string): string[] {
  return printed.split("\n").flatMap((line) => /^\((?!setup )[^()]*pid=\d+[^()]*\) ?(.*)$/.exec(line)?.[1] ?? []);
}

/** Lines of one rank of a cluster with several nodes. */
export function rankLines(printed: string, rank: number): string[] {
  return outputLines(
    printed
      .split("\n")
      .filter((line) => line.startsWith("(") && line.includes(`rank=${rank},`))
      .join("\n"),
  );
}
