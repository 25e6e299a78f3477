// Questions to the user before something is done.
import { StixError } from "#shared/errors/stix-error.ts";
import type { CliContext } from "./context.ts";

type Asking = Pick<CliContext, "stderr" | "readLine" | "inputIsTty">;

/** Enter means yes. Throws when declined, as at the end of the input. */
export async function confirm(context: Asking, question: string, options: { readonly yes: boolean; readonly enterMeans?: "yes" | "no" }): Promise<void> {
  if (options.yes) return;
  const byDefault = (options.enterMeans ?? "yes") === "yes";
  for (;;) {
    context.stderr.write(`${question} [${byDefault ? "Y/n" : "y/N"}]: `);
    const line = await context.readLine();
    const word = line?.trim().toLowerCase();
    if (word === "" && byDefault) return;
    if (word === "y" || word === "yes") return;
    if (word === undefined || word === "n" || word === "no" || word === "") throw aborted(context);
    context.stderr.write("Answer y or n.\n");
  }
}

/** The user must type exactly this. */
export async function confirmByTyping(context: Asking, question: string, word: string, yes: boolean): Promise<void> {
  if (yes) return;
  context.stderr.write(`${question} Type '${word}' to go on: `);
  if ((await context.readLine())?.trim() !== word) throw aborted(context);
}

function aborted(context: Asking): StixError {
  // A cursor that stands behind the question goes to the next line.
  if (!context.inputIsTty) context.stderr.write("\n");
  return new StixError({ code: "bad-value", message: "Aborted!", hint: "-y answers every question with yes" });
}
