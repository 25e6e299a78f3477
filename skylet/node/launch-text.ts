// What bash reads before a user's script (`bash --rcfile … -i SCRIPT`): it makes the shell that the user has at a prompt,
// then chooses the folder and sets the variables. It has no names of its own: whatever a task calls its variables, they meet
// nothing. The user's text is another file, as the user wrote it.
import { userShell } from "./shell-texts.ts";

/** Names that bash can give a value. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Names that no script can give a value; children have what bash itself was started with. */
const fixed: ReadonlySet<string> = new Set(["UID", "EUID", "PPID", "BASH_VERSINFO"]);
/** Where bash is, and the last word it read: whatever they are set to, bash sets them. */
const bashSays: ReadonlySet<string> = new Set(["PWD", "_"]);
/** Lists of options that are variables only to look at. */
const optionLists: Readonly<Record<string, string>> = { SHELLOPTS: "set -o", BASHOPTS: "shopt -s" };
const OPTION = /^[a-z0-9_]+$/;
/** Options that print what bash does, and should not print what we do. */
const loud: ReadonlySet<string> = new Set(["xtrace", "verbose"]);

/** Linux's MAX_ARG_STRLEN: one variable of a program, with its name, `=` and the end. */
const VARIABLE_BYTES_MAX = 131_072;
/** All of them: programs get a quarter of the stack, usually 2 MB, and want arguments too. */
const VARIABLES_BYTES_MAX = 1_048_576;

/** True for a variable that a script can set; others must be in the environment that bash is started with. */
export function canSetVariable(name: string): boolean {
  return NAME.test(name) && !fixed.has(name);
}

/**
 * `folder` is where the script begins, absolute. It is chosen before any variable is set, so no variable changes how we come
 * there. After ~/.bashrc nothing is printed until the end, whatever it switched on.
 */
export function launchText(folder: string, variables: Readonly<Record<string, string>>): string {
  const named = Object.entries(variables).filter(([name]) => canSetVariable(name) && !bashSays.has(name));
  const plain = named.filter(([name]) => !(name in optionLists));
  const large = withoutRoom(plain);
  const place = quote(folder);
  const options = named.flatMap(([name, value]) => optionsOf(name, value));
  const commands = [
    `\\builtin cd -- ${place} || { \\command mkdir -p -- ${place} && \\builtin cd -- ${place}; }`,
    ...plain.map(([name, value]) => `\\builtin export ${large.has(name) ? "-n " : ""}${name}=${quote(value)}`),
    ...[...large].map(([name, bytes]) => `\\builtin printf '%s\\n' ${quote(tooLarge(name, bytes))}`),
    ...options.filter(({ option }) => !loud.has(option)).map(({ command, option }) => `\\builtin ${command} ${option}`),
    ...named
      .filter(([name]) => name in optionLists)
      .map(([name]) => `\\builtin set +o emacs +o vi; \\builtin export ${name}`),
    ["\\exec 2>&3 3>&-", ...loudCommand(options)].join("; "),
  ];
  return `${userShell}${commands.join("\n")}\n`;
}

/** One command, and the last one: after it everything is printed. */
function loudCommand(options: readonly Option[]): string[] {
  const wanted = options.filter(({ command, option }) => command === "set -o" && loud.has(option));
  return wanted.length === 0 ? [] : [`\\builtin set ${wanted.map(({ option }) => `-o ${option}`).join(" ")}`];
}

/** Bash reads what stands between single quotes as it is; a single quote itself stands outside of them. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

interface Option {
  readonly command: string;
  readonly option: string;
}

function optionsOf(name: string, value: string): Option[] {
  const command = optionLists[name];
  if (command === undefined) return [];
  return value
    .split(":")
    .filter((option) => OPTION.test(option))
    .map((option) => ({ command, option }));
}

/** The variables that no program could be given, with their sizes: single ones by the kernel's rule, then the largest until the rest fits. */
function withoutRoom(variables: readonly (readonly [string, string])[]): Map<string, number> {
  const large = new Map<string, number>();
  const sizes = variables.map(([name, value]) => ({
    name,
    bytes: Buffer.byteLength(value),
    all: name.length + Buffer.byteLength(value) + 2,
  }));
  let left = sizes.reduce((sum, { all }) => sum + all, 0);
  for (const { name, bytes, all } of sizes.toSorted((one, other) => other.all - one.all)) {
    if (all <= VARIABLE_BYTES_MAX && left <= VARIABLES_BYTES_MAX) break;
    large.set(name, bytes);
    left -= all;
  }
  return large;
}

function tooLarge(name: string, bytes: number): string {
  return `stix: ${name} has ${bytes} bytes; the system takes ${VARIABLE_BYTES_MAX} in one variable and about ${VARIABLES_BYTES_MAX} in all, so the script has it and programs do not (put large data into a file)`;
}
