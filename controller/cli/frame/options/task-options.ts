// Options that lay values over a task file; launch, exec, jobs launch, pool apply, serve up and serve update share them.
import { choice, env, envFile, flag, folder, integer, number, openFlag, text, texts } from "../define-option.ts";

const resources = { group: "Resources" } as const;
const environment = { group: "Environment" } as const;

/** The group TASK of SkyPilot. */
export const taskOptions = {
  workdir: folder("--workdir", "Folder to copy to ~/sky_workdir of every node, instead of the task's workdir", {
    group: "Task",
  }),
  infra: text(
    "--infra",
    "Where to run: cloud[/region[/zone]], k8s[/context], ssh[/pool], local; * stands for any",
    resources,
  ),
  cloud: text("--cloud", "Cloud to run on; none or * lifts the task's choice", { ...resources, deprecated: "--infra" }),
  region: text("--region", "Region to run in; none or * lifts the task's choice", {
    ...resources,
    deprecated: "--infra",
  }),
  zone: text("--zone", "Zone to run in; none or * lifts the task's choice", { ...resources, deprecated: "--infra" }),
  numNodes: integer("--num-nodes", "How many nodes the task runs on", { group: "Task" }),
  cpus: text("--cpus", "Virtual CPUs of a node: 8, or 8+ for at least 8; none lifts it", resources),
  memory: text("--memory", "Memory of a node in GB: 32, or 32+ for at least 32; none lifts it", resources),
  diskSize: integer("--disk-size", "Size of the system disk in GB", resources),
  diskTier: choice(
    "--disk-tier",
    ["low", "medium", "high", "ultra", "best", "none"],
    "How fast the system disk is; none lifts it",
    resources,
  ),
  networkTier: choice("--network-tier", ["standard", "best"], "How fast the network between nodes is", resources),
  useSpot: openFlag("--use-spot / --no-use-spot", "Ask for spot instances, or refuse them", resources),
  imageId: text("--image-id", "Machine or container image; none lifts it", resources),
  envFile: envFile("--env-file", "File of KEY=VALUE lines; --env wins over it", environment),
  env: env("--env", "KEY=VALUE, or KEY to take it from this shell; repeatable", environment),
  secretFile: envFile("--secret-file", "File of KEY=VALUE lines that are secrets; --secret wins over it", environment),
  secret: env(
    "--secret",
    "KEY=VALUE, or KEY to take it from this shell, kept out of every display; repeatable",
    environment,
  ),
  localDisk: text("--local-disk", "Fast disk inside the machine, [nvme|ssd][:size[+]]; none lifts it", resources),
} as const;

/** The group EXTRA of SkyPilot. */
export const acceleratorOptions = {
  gpus: text("--gpus", "Accelerators of a node: A100, A100:8; none lifts them", resources),
  instanceType: text("--instance-type -t", "Type of machine in the cloud's own words; none lifts it", resources),
  ports: texts("--ports", "Ports to open: 8080, 8080-8090 or a comma list; repeatable; none lifts them", resources),
} as const;

export const gitOptions = {
  gitUrl: text("--git-url", "Git repository to check out as the workdir", { group: "Task" }),
  gitRef: text("--git-ref", "Branch, tag or commit of the repository", { group: "Task" }),
} as const;

export const nameOption = text("--name -n", "Name of the task", { group: "Task" });

export const priorityOption = text("--priority", "Number from -1000 to 1000, a class name, or none", { group: "Task" });

export const workspaceOption = text("--workspace -w", "Workspace to work in", { group: "What to act on" });

export const detachRun = flag("--detach-run -d", "Return once the job is submitted, without following its output");

/** Launch alone has a spelling that turns it off again. */
export const detachRunWithOff = flag(
  "--detach-run -d / -no-d",
  "Return once the job is submitted, without following its output",
);

/** Old spellings of the kind of resources that `gpus list` filters by. */
export const filterOptions = {
  infra: text("--infra", "Only this infrastructure: cloud[/region]", { group: "What to act on" }),
  cloud: text("--cloud", "Only this cloud", { group: "What to act on", deprecated: "--infra" }),
  region: text("--region", "Only this region", { group: "What to act on", deprecated: "--infra" }),
} as const;

/** Ours: facts and limits that SkyPilot has no option for. */
export const planningOptions = {
  maxCost: number("--max-cost", "Refuse plans above this many dollars an hour", { ...resources, ours: true }),
  assumeEnabled: texts(
    "--assume-enabled",
    "Plan as if this cloud were enabled; repeatable, or a comma list; only with --dryrun",
    { ...resources, ours: true },
  ),
} as const;
