// Whether words that a user typed name a file: a question that never fails, whatever the words are.
import { statSync, type Stats } from "node:fs";

/** Undefined also for what cannot be a path: a command of thousands of letters, a folder that may not be entered. */
export function fileFacts(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
