// Small helps of the contract suites.
import { readFile } from "node:fs/promises";
import type { ProviderAnswer } from "#controller/providers/contract/failure.ts";

export function valueOf<T>(answer: ProviderAnswer<T>): T {
  if (!answer.ok) throw new Error(`${answer.kind}: ${answer.message}`);
  return answer.value;
}

/** Looks until it is so; fails after ten seconds. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error("it did not become so within ten seconds");
    await Bun.sleep(5);
  }
}

/** Reads a local file, null when absent. */
export function readOrNull(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}
