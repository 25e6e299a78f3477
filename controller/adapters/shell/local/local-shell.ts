// The shell of nodes that are folders of this machine.
import { writeWhole } from "#shared/os/whole-file.ts";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NodeShell } from "#controller/ports/shell.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import { done } from "#controller/providers/kit/answer.ts";
import { agentFolder, endNode, homeFolder, type NodePlace } from "#controller/providers/kit/folder-node/node.ts";
import { onThisMachine } from "#controller/providers/kit/machine-failure.ts";
import { createTurnstile, type Turnstile } from "#controller/providers/kit/turnstile.ts";
import { invariant } from "#shared/errors/stix-error.ts";
import { placeOnNode } from "./place-on-node.ts";
import { agentComplaint, startSupervisor, type ShellEnvironment } from "./start-supervisor.ts";

export function createLocalShell(environment: ShellEnvironment): NodeShell {
  const turnstiles = new Map<string, Turnstile>();
  const oneAtATime = (key: string): Turnstile => {
    const turnstile = turnstiles.get(key) ?? createTurnstile();
    turnstiles.set(key, turnstile);
    return turnstile;
  };
  return {
    paths: (instance) => ({ agent: agentFolder(placeOf(instance)), home: homeFolder(placeOf(instance)) }),
    writeAgentFile: (instance, name, content, mode = 0o600) =>
      onThisMachine(`cannot write '${name}' of node ${instance.nid}`, undefined, async () => {
        await writeWhole(join(agentFolder(placeOf(instance)), name), content, { mode });
        return done;
      }),
    readAgentFile: (instance, name) => readFile(join(agentFolder(placeOf(instance)), name), "utf8").catch(() => null),
    startAgent: (instance) =>
      onThisMachine(`cannot start the agent of node ${instance.nid}`, undefined, async () => {
        const place = placeOf(instance);
        await oneAtATime(place.folder).pass(() => startSupervisor(place, environment));
        return done;
      }),
    restartAgent: (instance) =>
      onThisMachine(`cannot restart the agent of node ${instance.nid}`, undefined, async () => {
        const place = placeOf(instance);
        await oneAtATime(place.folder).pass(async () => {
          await endNode(place);
          await startSupervisor(place, environment);
        });
        return done;
      }),
    complaint: (instance) => agentComplaint(placeOf(instance)),
    placeFiles: (instance, files, signal) =>
      onThisMachine("cannot copy files", signal, async () => {
        const place = placeOf(instance);
        // <root>/<cluster>/<node>
        const root = dirname(dirname(place.folder));
        return await placeOnNode(place, files, { root, oneAtATime, signal });
      }),
  };
}

function placeOf({ cid, nid, reach }: Instance): NodePlace {
  invariant(reach?.kind === "folder", "only a folder is reached as one", { cid, nid });
  return { cid, nid, folder: reach.folder };
}
