// What SkyPilot refuses only when a task is launched: names, destinations, buckets, volumes.
import { isTaskName } from "../task-name.ts";
import { oneLine, plainText } from "../yaml/python-text.ts";
import { parsePodSize, POD_SIZE_CLOUDS } from "./pod-size.ts";
import type { YamlPath } from "../yaml/fault.ts";
import type { Problem } from "./problem.ts";
import { storageFault, type LocalFiles } from "./storage-rules.ts";
import type { Quantity, Resources, Task } from "./task.ts";

const WORKDIR_DESTINATION = /^~\/sky_workdir\/?$/;
const SUB_PATH = /^[a-zA-Z0-9._-][a-zA-Z0-9./_-]*$/;

export interface LaunchProblem extends Problem {
  /** The key of the task that it is about. */
  readonly where: YamlPath;
}

/** All that stands against launching this task; local paths are looked at when `files` is given. */
export function launchProblems(task: Task, files?: LocalFiles): LaunchProblem[] {
  return [
    ...nameProblems(task),
    ...mountProblems(task),
    ...Object.entries(task.storageMounts).flatMap(([destination, spec]) =>
      at(["file_mounts", destination], storageFault(spec, files)),
    ),
    ...Object.entries(task.volumes).flatMap(([destination, volume]) => volumeProblems(destination, volume)),
    ...task.resources.alternatives.flatMap(sizeProblems),
  ];
}

function at(where: YamlPath, found: Problem | undefined): LaunchProblem[] {
  return found === undefined ? [] : [{ ...found, message: oneLine(found.message), where }];
}

function nameProblems({ name }: Task): LaunchProblem[] {
  if (name === undefined || isTaskName(name)) return [];
  return [
    problem(
      ["name"],
      `'${name}' cannot name a task`,
      "letters and digits, with at most two of '.', '_' and '-' between them",
    ),
  ];
}

function mountProblems(task: Task): LaunchProblem[] {
  const files = Object.entries(task.fileMounts).flatMap(([destination, source]) => {
    const slashed = [destination, source].find((path) => path.endsWith("/"));
    if (slashed !== undefined)
      return [
        problem(
          ["file_mounts", destination],
          `file mount path '${slashed}' ends with a slash`,
          slashed.replace(/\/+$/, "") || "name a folder below /",
        ),
      ];
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(destination)
      ? [
          problem(
            ["file_mounts", destination],
            `a file mount goes to a path of the node, not to '${destination}'`,
            "/data: ...",
          ),
        ]
      : [];
  });
  const destinations = [...Object.keys(task.fileMounts), ...Object.keys(task.storageMounts)];
  const taken = task.workdir === undefined ? undefined : destinations.find((path) => WORKDIR_DESTINATION.test(path));
  return taken === undefined
    ? files
    : [...files, problem(["file_mounts", taken], `'${taken}' is where the workdir goes`, `${taken}/folder: ...`)];
}

function volumeProblems(destination: string, volume: unknown): LaunchProblem[] {
  const where = ["volumes", destination];
  const problems: LaunchProblem[] = [];
  if (!/^[/~]/.test(destination))
    problems.push(problem(where, `volume path '${destination}' is not absolute`, `/${destination}: ...`));
  if (typeof volume === "string") return problems;
  if (typeof volume !== "object" || volume === null || Array.isArray(volume)) {
    return [
      ...problems,
      problem(where, `the volume at '${destination}' is neither a name nor a mapping`, `${destination}: volume-name`),
    ];
  }
  const subPath = "sub_path" in volume ? volume.sub_path : undefined;
  const isGood =
    subPath === undefined ||
    (typeof subPath === "string" && SUB_PATH.test(subPath) && !subPath.split("/").includes(".."));
  return isGood
    ? problems
    : [
        ...problems,
        problem(
          where,
          `sub_path '${plainText(subPath)}' of the volume at '${destination}' leads out of it`,
          "sub_path: folder/inside",
        ),
      ];
}

/** Where the type says the size, the size that is asked for must agree. */
function sizeProblems({ cloud, instanceType, cpus, memory }: Resources): LaunchProblem[] {
  const size =
    cloud === undefined || instanceType === undefined || !POD_SIZE_CLOUDS.has(cloud)
      ? undefined
      : parsePodSize(instanceType);
  if (size === undefined) return [];
  const wanted: (readonly [string, Quantity | undefined, number])[] = [["vCPUs", cpus, size.cpus]];
  if (memory?.perCpu === false) wanted.push(["GiB", memory, size.memoryGib]);
  return wanted.flatMap(([unit, quantity, has]) => {
    if (quantity === undefined || (quantity.atLeast ? has >= quantity.value : has === quantity.value)) return [];
    return [
      problem(
        ["resources", "instance_type"],
        `${instanceType} has ${has} ${unit}, and ${quantity.text ?? quantity.value} are asked for`,
        "remove one of the two",
      ),
    ];
  });
}

function problem(where: YamlPath, message: string, hint: string): LaunchProblem {
  return { class: "ValueError", message: oneLine(message), hint: oneLine(hint), where };
}
