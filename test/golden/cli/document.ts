// docs/cli.md, made from what the commands say of themselves.
import { plainText } from "#shared/yaml/python-text.ts";
import { exitFacts } from "#controller/cli/frame/help/exit-facts.ts";
import type { CommandFacts, OptionFacts, ProgramFacts } from "#controller/cli/frame/help/metadata.ts";

export function cliDocument(program: ProgramFacts): string {
  const visible = program.commands.filter((command) => !command.hidden && !isHidden(program, command.path));
  const shown = visible.filter((command) => command.planned === null);
  return [
    "# The command line",
    "",
    "This page is made from the commands themselves (`STIX_BLESS=1 bun test test/golden/cli` writes it again); `stix COMMAND --help` says the same. " +
      "Called by the name `sky`, the program does the same and speaks of itself as `sky`.",
    "",
    rules,
    "",
    "## Exit status",
    "",
    "| status | meaning |",
    "|---|---|",
    ...exitFacts.map(([status, meaning]) => `| ${status} | ${meaning} |`),
    "",
    "## Beyond SkyPilot",
    "",
    "Every command and option of SkyPilot 0.14.1 is understood; one whose engine is not built yet says so and ends with 2. Ours alone:",
    "",
    ...shown.filter((command) => command.ours).map((command) => `- \`stix ${command.path}\`: ${lower(command.summary)}`),
    ...shown.filter((command) => !command.ours).flatMap((command) => command.options.filter((option) => option.ours).map((option) => `- \`stix ${command.path} ${spelling(option)}\`: ${lower(option.help)}`)),
    "",
    "## Commands",
    "",
    ...shown.flatMap(commandSection),
    "## To come",
    "",
    "Understood, and ending with 2 until they are built:",
    "",
    ...toCome(visible),
    "",
  ].join("\n");
}

const rules = `## Rules

- Options stand anywhere among the arguments; \`--\` ends them. \`--opt value\`, \`--opt=value\`, \`-o value\` and \`-ovalue\` are the same; of a repeated option the last wins, unless it is repeatable.
- \`launch\`, \`exec\` take a task file, \`-\` for the standard input, \`recipes:NAME\`, or a command in as many words as you like.
- \`--env\` wins over \`--env-file\`; \`--secret\` over \`--secret-file\` over \`--env-file\`, whose values count as both. \`KEY\` without a value is taken from the shell.
- \`none\` as the value of a resource option takes back what the file says; \`--infra\` resets the parts that it leaves out.
- \`--config\` takes a file or \`key.path=value\`, repeatable; it lies over \`.stix.yaml\` and \`.sky.yaml\` of the folder, \`~/.stix/config.yaml\` and \`~/.sky/config.yaml\`.
- Names of clusters may have \`*\`, \`?\` and \`[..]\` in status, queue, stop, start, down, autostop and cancel.
- With \`-o json\` the standard output is one JSON document, also when it went wrong: \`{"error": {"code", "message", "why", "hint", "request_id"}}\`. \`logs\` and \`events\` print a document a line instead.
- Tables fit the terminal: what matters least is cut first, then left out; names stay whole, and where not even they fit beside the rest, a row has several lines. \`-v\` leaves nothing out. In a pipe nothing is cut.
- The answer goes to the standard output, the story to the standard error. Colours only on a terminal; \`NO_COLOR\` and \`FORCE_COLOR\` are obeyed.
- Ctrl-C ends the command, not what it started; the command says how to come back to it. A second Ctrl-C ends at once.
- The server is \`STIX_API_SERVER_ENDPOINT\`, \`SKYPILOT_API_SERVER_ENDPOINT\`, \`api_server.endpoint\` of the configuration, or the local one, which is started when it does not run. A command that follows something goes on by itself when the server is restarted.
- Completion: \`stix completion install bash|zsh|fish\`.`;

function commandSection(command: CommandFacts): string[] {
  const args = command.arguments.map((argument) => {
    const text = argument.many ? `${argument.name}...` : argument.name;
    return argument.required ? text : `[${text}]`;
  });
  const options = command.options.filter((option) => !option.hidden);
  const rows = options.map((option) => `| ${code(spelling(option))} | ${code(option.type)} | ${defaultText(option)} | ${cell(option.help)} |`);
  return [
    `### stix ${[command.path, ...args].join(" ")}`,
    "",
    `${command.summary}.`,
    "",
    ...(rows.length === 0 ? [] : ["| option | value | default | |", "|---|---|---|---|", ...rows, ""]),
    ...(command.examples.length === 0 ? [] : ["```sh", ...command.examples.map((example) => `stix ${example.command}   # ${example.does}`), "```", ""]),
  ];
}

/** "- managed jobs: `stix jobs launch`, …" */
function toCome(visible: readonly CommandFacts[]): string[] {
  const subjects = [...new Set(visible.flatMap((command) => command.planned ?? []))];
  return subjects.map((subject) => `- ${subject}: ${visible.filter((command) => command.planned === subject).map((command) => `\`stix ${command.path}\``).join(", ")}`);
}

function isHidden(program: ProgramFacts, path: string): boolean {
  return program.groups.some((group) => group.hidden && path.startsWith(`${group.path} `));
}

function spelling(option: OptionFacts): string {
  return [option.flags.join(", "), ...option.negations].join(" / ");
}

function defaultText(option: OptionFacts): string {
  if (option.type === "flag") return option.default === true ? "on" : "";
  return option.default === null ? "" : code(plainText(option.default));
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
