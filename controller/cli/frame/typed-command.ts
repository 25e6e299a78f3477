// The command as it was typed, for the server's records, without what is secret in it.

const MASK = "<redacted>";

/** Options whose value is KEY=SECRET, and those whose value is the secret. */
const keyed = ["--secret"];
const whole = ["--service-account-token", "--token"];

/** One line that a shell would read as the same words. */
export function typedCommand(program: string, words: readonly string[]): string {
  return [program, ...words.map((word, at) => masked(word, words[at - 1]))].map(shellWord).join(" ");
}

function masked(word: string, before: string | undefined): string {
  for (const option of keyed) {
    if (before === option) return withoutValue(word);
    if (word.startsWith(`${option}=`)) return `${option}=${withoutValue(word.slice(option.length + 1))}`;
  }
  for (const option of whole) {
    if (before === option) return MASK;
    if (word.startsWith(`${option}=`)) return `${option}=${MASK}`;
  }
  return word;
}

/** KEY alone is taken from the environment and tells nothing. */
function withoutValue(pair: string): string {
  const equals = pair.indexOf("=");
  return equals === -1 ? pair : `${pair.slice(0, equals)}=${MASK}`;
}

/** Quoted where a shell would read more than one plain word. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./<>-]+$/.test(word) && !/[<>]/.test(word.replace(MASK, ""))
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
