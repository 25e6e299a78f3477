// An error as at most four lines, or as one JSON document.
import { isStixError } from "#shared/errors/stix-error.ts";
import { oneLine } from "#shared/yaml/python-text.ts";
import { shorten } from "#shared/table/lines.ts";
import { paint } from "./colour.ts";

export interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly why: string | undefined;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  readonly exit: number;
  /** Text that replaces `error:` and `why:` as it is, such as a line of a file with a caret. */
  readonly excerpt: string | undefined;
}

/** Anything thrown, as what the user is told. Our own mistakes come without a stack unless asked for. */
export function shownError(error: unknown, program: string, command = ""): ShownError {
  const named = (text: string) => withNames(text, program, command);
  if (isStixError(error)) {
    const requestId = error.details["requestId"];
    const why = error.details["why"];
    const excerpt = error.details["excerpt"];
    return {
      code: error.code,
      message: oneLine(named(error.message)),
      why: typeof why === "string" ? why : undefined,
      hint: error.hint === "" ? undefined : oneLine(named(error.hint)),
      requestId: typeof requestId === "string" ? requestId : undefined,
      exit: error.exitStatus,
      excerpt: typeof excerpt === "string" && excerpt.startsWith("error: ") ? named(excerpt) : undefined,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: "internal",
    message: firstLine(message),
    why: "a mistake in this program, not in what you typed",
    hint: `run it again with STIX_DEBUG=1 and report what it prints`,
    requestId: undefined,
    exit: 70,
    excerpt: undefined,
  };
}

/** Ends with a line end. */
export function renderError(shown: ShownError, colour: boolean): string {
  const lines = shown.excerpt === undefined ? [`${paint(colour, "red", "error:")} ${shown.message}`] : [shown.excerpt];
  if (shown.why !== undefined) lines.push(`${paint(colour, "dim", "why:")} ${shown.why}`);
  if (shown.hint !== undefined) lines.push(`${paint(colour, "cyan", "try:")} ${shown.hint}`);
  if (shown.requestId !== undefined) lines.push(`${paint(colour, "dim", "id:")} ${shown.requestId}`);
  return `${lines.join("\n")}\n`;
}

/** The whole answer of a command with `-o json` that failed. */
export function errorDocument(shown: ShownError, { oneLine }: { readonly oneLine: boolean }): string {
  const { code, message, why, hint, requestId, excerpt } = shown;
  return `${JSON.stringify({ error: { code, message, why, hint, request_id: requestId, excerpt } }, undefined, oneLine ? 0 : 2)}\n`;
}

/** No name and no part of a path is as long; shown whole it would push what is wrong with it off the screen. */
const ENDLESS_WORD = /[^\s/]{256,}/g;
const WORD_SHOWN = 60;

/** The server speaks of `stix`; who was called by another name is told that one. */
function withNames(text: string, program: string, command: string): string {
  const short = text.replaceAll(ENDLESS_WORD, (word) => shorten(word, WORD_SHOWN, "middle"));
  const named = short.replaceAll("{program}", program).replaceAll("{command}", command);
  return program === "stix" ? named : named.replaceAll(/(^|[\s`'(])stix (?=[a-z])/g, `$1${program} `);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
