// Turns what is thrown while something is done on this machine into the contract's failures.
import type { ProviderAnswer } from "../contract/failure.ts";
import { machineFailure } from "./machine-failure.ts";

/** An abort stays an abort. */
export async function guarded<T>(doing: string, work: () => Promise<ProviderAnswer<T>>): Promise<ProviderAnswer<T>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    return machineFailure(doing, error);
  }
}
