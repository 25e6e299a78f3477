// Reads files of KEY=VALUE lines as python-dotenv 1.2 does, which SkyPilot uses: same statements, same escapes, same expansion.

export interface DotenvEntry {
  /** null: the name stands alone, without `=`. */
  readonly value: string | null;
  /** Of the name, from 1. */
  readonly line: number;
}

export interface Dotenv {
  /** The last statement of a name counts. */
  readonly entries: ReadonlyMap<string, DotenvEntry>;
  /** Lines where statements begin that could not be understood; they are left out. */
  readonly skipped: readonly number[];
}

/** `env`: for `${NAME}` that the file has not set before. */
export function parseDotenv(text: string, env: Readonly<Record<string, string | undefined>>): Dotenv {
  // As Python opens text files: every end of a line is one character.
  const reader = newReader(text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n"));
  const entries = new Map<string, DotenvEntry>();
  const skipped: number[] = [];
  while (reader.at < reader.text.length) {
    reader.read(SPACES);
    if (reader.at >= reader.text.length) break;
    const line = reader.line();
    const statement = readStatement(reader);
    if (statement === null) {
      skipped.push(line);
      reader.read(REST_OF_LINE);
    } else if (statement.name !== null) {
      entries.set(statement.name, {
        value: statement.value === null ? null : expand(statement.value, entries, env),
        line,
      });
    }
  }
  return { entries, skipped };
}

/** What Python calls white space; JavaScript's `\s` is another set. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
/** The same without the end of a line. */
const BLANK = SPACE.replace("\\t-\\r", "\\t\\x0b\\x0c");

const sticky = (source: string) => new RegExp(source, "suy");
const SPACES = sticky(`[${SPACE}]*`);
const EXPORT = sticky(`(?:export[${BLANK}]+)?`);
const QUOTED_NAME = sticky("'([^']+)'");
const NAME = sticky(`([^=#${SPACE}]+)`);
const BLANKS = sticky(`[${BLANK}]*`);
const EQUALS = sticky(`(=[${BLANK}]*)`);
const SINGLE_QUOTED = sticky("'((?:\\\\.|[^'\\\\])*)'");
const DOUBLE_QUOTED = sticky('"((?:\\\\.|[^"\\\\])*)"');
const UNQUOTED = sticky("([^\\n]*)");
const COMMENT = sticky(`(?:[${BLANK}]*#[^\\n]*)?`);
const END_OF_LINE = sticky(`[${BLANK}]*(?:\\n|$)`);
const REST_OF_LINE = sticky("[^\\n]*\\n?");
const COMMENT_BEHIND = new RegExp(`[${SPACE}]+#[^\\n]*`, "gu");
const SPACES_AT_END = new RegExp(`[${SPACE}]+$`, "u");

interface Reader {
  readonly text: string;
  readonly at: number;
  /** Takes what the pattern matches here and gives its group, or all of it; null: it does not match, and nothing is taken. */
  read(pattern: RegExp): string | null;
  line(): number;
}

function newReader(text: string): Reader {
  let at = 0;
  let counted = { at: 0, line: 1 };
  return {
    text,
    get at() {
      return at;
    },
    read(pattern) {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (found === null) return null;
      at += found[0].length;
      return found[1] ?? found[0];
    },
    line() {
      counted = { at, line: counted.line + text.slice(counted.at, at).split("\n").length - 1 };
      return counted.line;
    },
  };
}

interface Statement {
  /** null: a comment. */
  readonly name: string | null;
  readonly value: string | null;
}

/** null: not understood; what was read of it stays read. */
function readStatement(reader: Reader): Statement | null {
  const next = () => reader.text.charAt(reader.at);
  reader.read(EXPORT);
  const isComment = next() === "#";
  const name = isComment ? null : reader.read(next() === "'" ? QUOTED_NAME : NAME);
  if (name === null && !isComment) return null;
  reader.read(BLANKS);
  let value: string | null = null;
  if (next() === "=") {
    const equals = reader.read(EQUALS) ?? "";
    // `KEY= # comment` is empty; `KEY=#value` is not.
    value = equals.length > 1 && next() === "#" ? "" : readValue(reader, next());
    if (value === null) return null;
  }
  reader.read(COMMENT);
  return reader.read(END_OF_LINE) === null ? null : { name, value };
}

function readValue(reader: Reader, first: string): string | null {
  if (first === "'") return reader.read(SINGLE_QUOTED)?.replace(/\\([\\'])/g, "$1") ?? null;
  if (first === '"')
    return (
      reader.read(DOUBLE_QUOTED)?.replace(/\\([\\'"abfnrtv])/g, (_, symbol: string) => escapes[symbol] ?? symbol) ??
      null
    );
  if (first === "" || first === "\n") return "";
  return (reader.read(UNQUOTED) ?? "").replace(COMMENT_BEHIND, "").replace(SPACES_AT_END, "");
}

const escapes: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** `${NAME}` and `${NAME:-default}`: what the file said before wins over the environment. */
function expand(
  value: string,
  entries: ReadonlyMap<string, DotenvEntry>,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return value.replace(/\$\{([^}:]*)(?::-([^}]*))?\}/g, (_, name: string, otherwise: string | undefined) => {
    const before = entries.get(name);
    if (before !== undefined) return before.value ?? "";
    return (Object.hasOwn(env, name) ? env[name] : undefined) ?? otherwise ?? "";
  });
}
