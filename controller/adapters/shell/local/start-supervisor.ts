// Starts the supervisor of a folder node's agent, once, and quotes an agent that does not stay up.
import { writeWhole } from "#shared/os/whole-file.ts";
import { existsSync } from "node:fs";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { realTime } from "#shared/clock.ts";
import { groupFolder, membersFile, tryMakeGroup } from "#shared/os/cgroup.ts";
import { nodeFiles, type SupervisorFile } from "#controller/providers/kit/folder-node/files.ts";
import {
  agentFolder,
  endNode,
  homeFolder,
  isAlive,
  markOf,
  readInstance,
  readSupervisor,
  type NodePlace,
} from "#controller/providers/kit/folder-node/node.ts";
import { bootId, readProcess } from "#shared/os/process-table.ts";
import { spawnSupervisor } from "./spawn-supervisor.ts";
import { nodeEnvironment, SUPERVISOR_SCRIPT } from "./supervisor.ts";

export interface ShellEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the agent's executable for this machine's architecture. */
  locateAgent(): Promise<string>;
}

/** Starts the supervisor unless it lives. The caller lets only one in at a time for each node. */
export async function startSupervisor(place: NodePlace, environment: ShellEnvironment): Promise<void> {
  const recorded = await readSupervisor(place);
  if (recorded !== null && (await isAlive(recorded))) return;
  const starting = `${place.folder}/${nodeFiles.starting}`;
  // A supervisor that died left its agent and jobs: the node's next life begins without them. Intent that was never
  // followed by a record means that a supervisor may run that nobody knows of.
  if (recorded !== null || existsSync(starting)) await endNode(place);
  const [record, agent] = await Promise.all([readInstance(place), environment.locateAgent()]);
  await writeWhole(`${place.folder}/supervisor.sh`, SUPERVISOR_SCRIPT, { mode: 0o700 });
  await writeFile(starting, "");
  await rm(`${agentFolder(place)}/failing`, { force: true });
  const wanted = groupFolder(`stix-${place.cid}-${place.nid}`);
  const cgroup = wanted === null ? null : tryMakeGroup(wanted);
  const folder = agentFolder(place);
  const script = [`${place.folder}/supervisor.sh`, folder, cgroup === null ? "" : membersFile(cgroup)];
  const pid = await spawnSupervisor(place.folder, ["/bin/sh", ...script, agent, "run", "--dir", folder], {
    cwd: homeFolder(place),
    env: nodeEnvironment(environment.env, {
      mark: markOf(place),
      home: homeFolder(place),
      devices: record?.devices ?? [],
    }),
  });
  const facts = await readProcess(pid);
  const supervisor: SupervisorFile = { pid, startedAt: facts?.startedAt ?? "", bootId: await bootId(), cgroup };
  await writeWhole(`${place.folder}/${nodeFiles.supervisor}`, `${JSON.stringify(supervisor)}\n`);
  await rm(starting, { force: true });
}

/** A failing agent is started again after 5 s at the latest. */
const FAILING_MS = 10_000;

/** The agent's last line, while it fails again and again. */
export async function agentComplaint(place: NodePlace): Promise<string | null> {
  const failing = await stat(`${agentFolder(place)}/failing`).catch(() => null);
  // One that failed and then stayed up touches the file no more.
  if (failing === null || realTime.now() - failing.mtimeMs > FAILING_MS) return null;
  const text = await readFile(`${agentFolder(place)}/agent.out`, "utf8").catch(() => "");
  return (
    text
      .trimEnd()
      .split("\n")
      .findLast((line) => line.trim() !== "") ?? "it ends at once and says nothing"
  );
}
