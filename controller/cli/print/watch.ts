// `--watch`: the answer of a command again and again, in its place on a terminal, one below the other in a pipe.
import { StixError } from "#shared/errors/stix-error.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { localTime } from "./event-rows.ts";
import { capture, openLiveScreen } from "./live-screen.ts";
import { paint } from "./colour.ts";
import { renderError, shownError } from "./error.ts";
import { typedCommand } from "#controller/cli/frame/typed-command.ts";

const SECOND_MS = 1_000;
const LEAST_SECONDS = 0.2;
const DATE_LENGTH = "2026-01-31 ".length;

/** Until Ctrl-C, which is its good end. A failure of the first answer is thrown; later ones are shown, and it goes on. */
export async function watched(
  context: CliContext,
  seconds: number,
  output: "table" | "json",
  print: (context: CliContext) => Promise<number>,
): Promise<number> {
  if (output === "json")
    throw new StixError({
      code: "usage",
      message: "'--watch' does not go with '-o json'",
      hint: "{program} {command} -o json, as often as you like",
    });
  if (!(seconds >= LEAST_SECONDS))
    throw new StixError({
      code: "usage",
      message: `${seconds} seconds are too few to watch anything`,
      hint: "--watch 2",
    });
  const first = await answer(context, print);
  return await (context.stdout.isTty
    ? onScreen(context, seconds, first, print)
    : inPipe(context, seconds, first, print));
}

async function onScreen(
  context: CliContext,
  seconds: number,
  first: string,
  print: (context: CliContext) => Promise<number>,
): Promise<number> {
  const screen = openLiveScreen(context);
  try {
    for (let shown = first; ; shown = await answerOrError(context, print)) {
      screen.draw(`${heading(context, seconds)}\n\n${shown}`);
      if ((await screen.next(seconds * SECOND_MS)) === "leave") return 0;
    }
  } finally {
    screen.close();
  }
}

async function inPipe(
  context: CliContext,
  seconds: number,
  first: string,
  print: (context: CliContext) => Promise<number>,
): Promise<number> {
  for (let shown = first; ; shown = await answerOrError(context, print)) {
    context.stdout.write(`${shown}\n`);
    await context.clock.sleep(seconds * SECOND_MS, context.interrupted).catch(() => undefined);
    if (context.interrupted.aborted) return 0;
  }
}

function heading(context: CliContext, seconds: number): string {
  const every = `Every ${seconds} s: ${typedCommand(context.program, context.argv)}   ${localTime(context.clock.now()).slice(DATE_LENGTH)}   (q or Ctrl-C ends it)`;
  return paint(context.stdout.colour, "dim", every.slice(0, context.stdout.columns));
}

async function answer(context: CliContext, print: (context: CliContext) => Promise<number>): Promise<string> {
  const kept = capture(context.stdout);
  await print({ ...context, stdout: kept.output });
  return kept.taken();
}

/** The server may be restarted while somebody watches. */
async function answerOrError(context: CliContext, print: (context: CliContext) => Promise<number>): Promise<string> {
  try {
    return await answer(context, print);
  } catch (error) {
    return renderError(shownError(error, context.program), context.stdout.colour);
  }
}
