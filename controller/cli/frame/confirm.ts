// Questions to the user before something is done.
import { StixError } from "#shared/errors/stix-error.ts";
import type { CliContext } from "./context.ts";

type Asking = Pick<CliContext, "stderr" | "readLine" | "inputIsTty" | "interrupted">;

/** Enter means yes. Throws when declined, as at the end of the input, and the reason of Ctrl-C. */
export async function confirm(
  context: Asking,
  question: string,
  options: { readonly yes: boolean; readonly enterMeans?: "yes" | "no" },
): Promise<void> {
  if (options.yes) return;
  const byDefault = (options.enterMeans ?? "yes") === "yes";
  for (;;) {
    const word = (await answer(context, `${question} [${byDefault ? "Y/n" : "y/N"}]: `))?.trim().toLowerCase();
    if (word === "" && byDefault) return;
    if (word === "y" || word === "yes") return;
    if (word === undefined || word === "n" || word === "no" || word === "") throw aborted();
    context.stderr.write("Answer y or n.\n");
  }
}

/** The user must type exactly this. */
export async function confirmByTyping(context: Asking, question: string, word: string, yes: boolean): Promise<void> {
  if (yes) return;
  if ((await answer(context, `${question} Type '${word}' to go on: `))?.trim() !== word) throw aborted();
}

/** A line; undefined at the end of the input. The cursor stands at the beginning of a line afterwards. */
async function answer(context: Asking, question: string): Promise<string | undefined> {
  // From here on Ctrl-C is ours to answer; one that came before the question is an answer to it.
  context.interrupted.throwIfAborted();
  context.stderr.write(question);
  try {
    const line = await context.readLine();
    // Only what is typed on a terminal brings the cursor behind the question to the next line.
    if (line === undefined || !context.inputIsTty) context.stderr.write("\n");
    return line;
  } catch (error) {
    if (context.interrupted.aborted) context.stderr.write("\nAborted!\n");
    throw error;
  }
}

function aborted(): StixError {
  return new StixError({ code: "bad-value", message: "Aborted!", hint: "-y answers every question with yes" });
}
