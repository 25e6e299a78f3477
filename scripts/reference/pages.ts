// The pages of reference that follow from schemas and tables of the code: what stands in them cannot differ from what is read.
import { z } from "zod";
import { makeConfigSchema } from "#shared/config/schema/config.ts";
import { taskJsonSchema } from "#shared/task/json-schema.ts";
import { callPath } from "#shared/api/calls.ts";
import { apiSections } from "./api-page.ts";
import { configNotes } from "./config-notes.ts";
import { errorTable } from "./error-page.ts";
import { lifecycleSections } from "./lifecycle-page.ts";
import { referencePage } from "./reference-page.ts";
import { schemaRows } from "./schema-rows.ts";
import { taskNotes } from "./task-notes.ts";
import { worksTables } from "./works-page.ts";

export interface GeneratedPage {
  /** Below `docs/`. */
  readonly file: string;
  readonly text: string;
  readonly faults: readonly string[];
}

export async function generatedPages(): Promise<readonly GeneratedPage[]> {
  return [
    { file: "task-file.md", ...taskPage() },
    { file: "configuration.md", ...configPage() },
    { file: "api.md", ...apiPage() },
    { file: "errors.md", text: errorPage(), faults: [] },
    { file: "lifecycles.md", text: lifecyclesPage(), faults: [] },
    { file: "what-works.md", text: await worksPage(), faults: [] },
  ];
}

/** Says so on each page, since nobody reads comments of Markdown. */
const MADE = "This page is made by `scripts/gen` from the code itself; nobody edits it by hand.";

function taskPage() {
  const introduction = `
${MADE}

A task file is YAML, the same that SkyPilot reads. \`stix task validate FILE\` tells every problem of it with its line and column,
\`stix task schema\` prints a JSON Schema for editors. A file may be at most 10 MB.

\`\`\`yaml
name: train
num_nodes: 2
workdir: .
resources:
  infra: local
  cpus: 1+
envs:
  EPOCHS: "3"
setup: echo "set up once, on every node"
run: |
  echo "rank $SKYPILOT_NODE_RANK of $SKYPILOT_NUM_NODES, $EPOCHS epochs"
\`\`\`

Several documents separated by \`---\` are a pipeline, or with \`execution: parallel\` in the first one a job group. \`$NAME\` and
\`\${NAME}\` of \`envs\` and \`secrets\` are replaced in \`workdir\`, \`file_mounts\`, \`volumes\` and \`service\`; \`setup\` and \`run\` have them as
environment variables. What the engines of today do with a key stands in [what works today](what-works.md).

In the tables \`*\` stands for a name of your own and \`[]\` for the items of a list.
`;
  const rows = schemaRows(taskJsonSchema(), [
    { at: "resources", elsewhere: /\.(any_of|ordered)\[\]$/ },
    { at: "pool", elsewhere: /^service\.pool$/ },
    { at: "the configuration", elsewhere: /^config$/ },
  ]);
  return referencePage({ title: "Task file", introduction, rows, notes: taskNotes });
}

function configPage() {
  const introduction = `
${MADE}

Files are laid over each other, the later ones win: the server's \`~/.stix/config.yaml\` (or \`~/.sky/config.yaml\`), your own
\`~/.stix/config.yaml\` (or \`~/.sky/config.yaml\`), the project's \`.stix.yaml\` (or \`.sky.yaml\`) in the current folder, a task's \`config\`,
and \`--config key=value\`. \`SKYPILOT_GLOBAL_CONFIG\` and \`SKYPILOT_PROJECT_CONFIG\` name other files. Mappings are merged, everything
else is replaced. \`api_server\`, \`allowed_clouds\`, \`workspaces\`, \`db\`, \`daemons\` and \`metrics\` count on the server alone.

Every key is checked wherever it stands. Keys of clouds and features that are not built yet have no effect; see
[what works today](what-works.md).
`;
  const clouds = Object.keys(makeConfigSchema({ strict: true }).shape).join("|");
  const rows = schemaRows(z.toJSONSchema(makeConfigSchema({ strict: true }), { unrepresentable: "any" }), [
    { at: "a task file", elsewhere: /^(jobs|serve)\.controller\.resources$/ },
    { at: "jobs.controller.autostop", elsewhere: /^serve\.controller\.autostop$/ },
    { at: "slurm", elsewhere: /slurm\.cluster_configs\.\*\.partition_configs$/ },
    { at: "daemons.skypilot-status-refresh-daemon", elsewhere: /^daemons\.[a-z-]+$/ },
    { at: "Kubernetes", elsewhere: /(pod_config|custom_metadata)$/ },
    { at: "kubernetes", elsewhere: /^(kubernetes|ssh)\.context_configs$/ },
    { at: clouds, elsewhere: /^workspaces\.\*\.\w+$/ },
  ]).filter(({ path }) => !/^workspaces\.\*\.(?!private$|allowed_users$|read_access$)/.test(path));
  return referencePage({ title: "Configuration", introduction, rows, notes: configNotes });
}

function apiPage() {
  const { text, faults } = apiSections();
  const whole = `# The API

${MADE}

The server speaks SkyPilot's HTTP API, so that its clients work unchanged; what begins with \`/stix\` is our own. It listens on this
machine alone and lets only its own user in. Bodies are JSON; fields that nobody knows are ignored.

A call that answers with *a request* gives \`null\` and the id in the header \`X-Skypilot-Request-ID\`. \`GET ${callPath("request.stream")}\` follows its log,
\`GET ${callPath("request.get")}\` waits for its value, which is what the tables below call *gives*. A call may carry a key of its own
(\`X-Stix-Request-Key\`, a UUID): sent again under the same key it is still one request.

Who asks stands in the headers \`X-Stix-User\`, \`X-Stix-User-Name\` and \`X-Stix-Workspace\`, or where SkyPilot's clients put it, in
\`env_vars\` and \`override_skypilot_config\`.

An error is \`{"detail": {"type", "message", "stix": {"code", "hint", "details"}}}\` with the status of its code; the codes are under
[errors](errors.md). Every call may answer \`bad-request\`, \`too-large\`, \`forbidden\`, \`version-mismatch\`, \`disk-full\` and \`internal\`.

${text}
`;
  return { text: whole, faults };
}

function errorPage(): string {
  return `# Errors

${MADE}

An error is at most four lines: what happened, why, what to type next, and the id of the request where there is one. With \`-o json\` it
is one JSON document with the same parts. What to do about the frequent ones is told at more length under
[troubleshooting](troubleshooting.md).

When a job is followed, the exit status is the job's: 0 succeeded, 100 failed, 101 not finished, 103 cancelled. Ctrl-C gives 130.

${errorTable()}
`;
}

function lifecyclesPage(): string {
  return `# Life cycles

${MADE}

The states of everything that lives, and the moves between them. A move that is not here does not happen: it is refused with the error
\`illegal-move\`, and nothing is written. The dot at the beginning is "not there yet".

${lifecycleSections()}
`;
}

async function worksPage(): Promise<string> {
  return `# What works today

${MADE}

STIX is young: the language, the planner and the main job on this machine are built, the clouds come next. What is not built is understood
and refused by name (exit status 2), never half done.

${await worksTables()}

## Features

| feature | today |
| --- | --- |
| clusters of several nodes, gangs, queue, logs, cancel, stop and start, autostop | on the cloud \`local\` |
| local folders and files on the nodes | yes |
| buckets, volumes, Git workdirs, container images | in plans (\`launch --dryrun\`, \`offer\`, \`explain\`); a launch refuses them |
| plans over the prices of all clouds above, chains and graphs of tasks, cost ceilings | yes |
| SkyPilot's own Python client, 0.13 and newer | yes, for what is built |
| events over NATS for monitoring tools | yes; see [events](events.md) |
| the state in Postgres, several servers of one machine on it | yes; see [state](state.md) |
| servers on several machines, roles, login | – |
`;
}
