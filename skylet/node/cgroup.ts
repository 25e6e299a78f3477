// A control group for each attempt, where the machine lets us make one: then no process can leave the job unseen.
import { rmdirSync } from "node:fs";
import { join } from "node:path";
import { groupFolder, groupMembers, tryKillGroup, tryMakeGroup, tryRemoveGroup } from "#shared/os/cgroup.ts";

export interface NodeCgroup {
  /** Makes the group of an attempt and gives its folder; null when it cannot be made now. */
  create(jid: number, attempt: number): string | null;
  pids(jid: number | null, attempt: number): number[];
  /** Kills everything in the attempt's group at once. */
  killAll(jid: number, attempt: number): void;
  /** Removes the group if nothing lives in it. */
  tryRemove(jid: number, attempt: number): void;
  /** Removes the empty groups of all attempts and the node's own. */
  tryRemoveAll(): void;
}

/** Null where cgroup2 is not mounted or not ours. */
export function openNodeCgroup(name: string): NodeCgroup | null {
  const root = groupFolder(`stix-${name}`);
  if (root === null || !mayMakeGroups(root)) return null;
  const folder = (jid: number, attempt: number) => join(root, `${jid}-${attempt}`);
  return {
    create: (jid, attempt) => tryMakeGroup(folder(jid, attempt)),
    pids: (jid, attempt) => groupMembers(jid === null ? root : folder(jid, attempt)),
    killAll: (jid, attempt) => tryKillGroup(folder(jid, attempt)),
    tryRemove: (jid, attempt) => tryRemoveGroup(folder(jid, attempt)),
    tryRemoveAll: () => tryRemoveGroup(root),
  };
}

/** The node's own group may be there and not be ours to change. */
function mayMakeGroups(root: string): boolean {
  const probe = tryMakeGroup(root) === null ? null : tryMakeGroup(join(root, "probe"));
  if (probe === null) return false;
  rmdirSync(probe);
  return true;
}
