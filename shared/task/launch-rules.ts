// What SkyPilot refuses only when a task is launched: names, destinations, buckets, volumes.
import { oneLine } from "../yaml/python-text.ts";
import { parsePodSize, POD_SIZE_CLOUDS } from "./pod-size.ts";
import type { Problem } from "./problem.ts";
import { storageFault, type LocalFiles } from "./storage-rules.ts";
import type { Quantity, Resources, Task } from "./task.ts";

const TASK_NAME = /^[a-zA-Z0-9]+(?:[._-]{1,2}[a-zA-Z0-9]+)*$/;
const WORKDIR_DESTINATION = /^~\/sky_workdir\/?$/;
const SUB_PATH = /^[a-zA-Z0-9._-][a-zA-Z0-9./_-]*$/;

/** All that stands against launching this task; local paths are looked at when `files` is given. */
export function launchProblems(task: Task, files?: LocalFiles): Problem[] {
  return [
    ...nameProblems(task),
    ...mountProblems(task),
    ...Object.values(task.storageMounts).flatMap((spec) => storageFault(spec, files) ?? []),
    ...Object.entries(task.volumes).flatMap(([destination, volume]) => volumeProblems(destination, volume)),
    ...task.resources.alternatives.flatMap(sizeProblems),
  ];
}

function nameProblems({ name }: Task): Problem[] {
  if (name === undefined || TASK_NAME.test(name)) return [];
  return [problem(`'${name}' cannot name a task`, "letters and digits, with at most two of '.', '_' and '-' between them")];
}

function mountProblems(task: Task): Problem[] {
  const files = Object.entries(task.fileMounts).flatMap(([destination, source]) => {
    const slashed = [destination, source].find((path) => path.endsWith("/"));
    if (slashed !== undefined) return [problem(`file mount path '${slashed}' ends with a slash`, slashed.replace(/\/+$/, "") || "name a folder below /")];
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(destination) ? [problem(`a file mount goes to a path of the node, not to '${destination}'`, "/data: ...")] : [];
  });
  const destinations = [...Object.keys(task.fileMounts), ...Object.keys(task.storageMounts)];
  const taken = task.workdir === undefined ? undefined : destinations.find((path) => WORKDIR_DESTINATION.test(path));
  return taken === undefined ? files : [...files, problem(`'${taken}' is where the workdir goes`, `${taken}/folder: ...`)];
}

function volumeProblems(destination: string, volume: unknown): Problem[] {
  const problems: Problem[] = [];
  if (!/^[/~]/.test(destination)) problems.push(problem(`volume path '${destination}' is not absolute`, `/${destination}: ...`));
  if (typeof volume === "string") return problems;
  if (typeof volume !== "object" || volume === null || Array.isArray(volume)) {
    return [...problems, problem(`the volume at '${destination}' is neither a name nor a mapping`, `${destination}: volume-name`)];
  }
  const subPath = "sub_path" in volume ? volume.sub_path : undefined;
  const isGood = subPath === undefined || (typeof subPath === "string" && SUB_PATH.test(subPath) && !subPath.split("/").includes(".."));
  return isGood ? problems : [...problems, problem(`sub_path '${String(subPath)}' of the volume at '${destination}' leads out of it`, "sub_path: folder/inside")];
}

/** Where the type says the size, the size that is asked for must agree. */
function sizeProblems({ cloud, instanceType, cpus, memory }: Resources): Problem[] {
  const size = cloud === undefined || instanceType === undefined || !POD_SIZE_CLOUDS.has(cloud) ? undefined : parsePodSize(instanceType);
  if (size === undefined) return [];
  const wanted: (readonly [string, Quantity | undefined, number])[] = [["vCPUs", cpus, size.cpus]];
  if (memory?.perCpu === false) wanted.push(["GiB", memory, size.memoryGib]);
  return wanted.flatMap(([unit, quantity, has]) => {
    if (quantity === undefined || (quantity.atLeast ? has >= quantity.value : has === quantity.value)) return [];
    return [problem(`${instanceType} has ${has} ${unit}, and ${quantity.text ?? quantity.value} are asked for`, "remove one of the two")];
  });
}

function problem(message: string, hint: string): Problem {
  return { class: "ValueError", message: oneLine(message), hint: oneLine(hint) };
}
