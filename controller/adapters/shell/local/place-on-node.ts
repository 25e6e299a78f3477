// Puts files into a node's home, or at paths of this machine, which is what absolute destinations mean here.
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { FileToPlace, PlacedFiles } from "#controller/ports/shell.ts";
import type { ProviderAnswer } from "#controller/providers/contract/failure.ts";
import { answer, failure } from "#controller/providers/kit/answer.ts";
import { placeTree } from "./place-files.ts";
import { placedRecord } from "./placed-record.ts";
import { identity, type Conflict } from "./plan-placing.ts";
import type { Turnstile } from "#controller/providers/kit/turnstile.ts";
import { homeFolder, type NodePlace } from "#controller/providers/kit/folder-node/node.ts";
import { nodeFiles } from "#controller/providers/kit/folder-node/files.ts";

interface Machine {
  /** The folder of all nodes. */
  readonly root: string;
  readonly oneAtATime: (key: string) => Turnstile;
  readonly signal: AbortSignal;
}

/** In the order given; stops at the first that something is in the way of. */
export async function placeOnNode(
  place: NodePlace,
  files: readonly FileToPlace[],
  { root, oneAtATime, signal }: Machine,
): Promise<ProviderAnswer<PlacedFiles>> {
  const home = await realpath(homeFolder(place));
  const skipped = new Set([identity(await stat(root))]);
  const dangling: string[] = [];
  for (const file of files) {
    const destination = destinationOf(home, file.destination);
    const isElsewhere = !isBelow(home, destination);
    // As SkyPilot: below the home and /tmp a sync may add to what is there, elsewhere it makes all it touches.
    const isForeign = isElsewhere && !destination.startsWith("/tmp/");
    const record = placedRecord(isElsewhere ? `${root}/${nodeFiles.placed}` : `${place.folder}/${nodeFiles.placed}`);
    const put = () => placeTree({ ...file, destination, isForeign }, { record, skipped, signal });
    // All nodes share the machine's own paths.
    const placed = isElsewhere ? await oneAtATime("machine").pass(put) : await put();
    const [conflict] = placed.conflicts;
    if (conflict !== undefined)
      return inTheWay(conflict, { count: placed.conflicts.length, shown: (path) => shownPath(home, path) });
    dangling.push(...placed.dangling.map((path) => shownPath(home, path)));
  }
  return answer({ dangling });
}

/** An absolute destination means this machine's own path, as it would on a machine of one's own. */
function destinationOf(home: string, destination: string): string {
  if (destination === "~") return home;
  if (destination.startsWith("~/")) return join(home, destination.slice(2));
  return isAbsolute(destination) ? join(destination) : join(home, destination);
}

function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function shownPath(home: string, path: string): string {
  return isBelow(home, path) ? `~${path.slice(home.length)}` : path;
}

const articles = { file: "a file", link: "a link", folder: "a folder" } as const;

function inTheWay(
  { path, there, wanted, because }: Conflict,
  { count, shown }: { readonly count: number; readonly shown: (path: string) => string },
): ProviderAnswer<PlacedFiles> {
  const inside = because === null ? "" : ` and holds '${shown(because)}'`;
  const more = count === 1 ? "" : `; ${count - 1} more are in the way`;
  return failure({
    kind: "conflict",
    reach: "offer",
    message: `'${shown(path)}' is ${articles[there]} on the node${inside}, which no sync put there, and ${articles[wanted]} is to take its place${more}`,
    hint: "nothing was deleted: move it away on the node, or give what you sync another name",
  });
}
