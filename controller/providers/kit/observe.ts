// What a provider tells of its calls, for the server's log and for figures. Never a body, a header or a query: those hold secrets.

export interface CallSeen {
  readonly cloud: string;
  readonly method: string;
  /** Path of the address alone. */
  readonly path: string;
  /** null: there was no answer. */
  readonly status: number | null;
  /** Counts from 1. */
  readonly attempt: number;
  readonly tookMs: number;
  /** Waited for its turn before it was made. */
  readonly pacedMs: number;
}

export type Observe = (call: CallSeen) => void;

/** The part of an address that may be told; what is no address is told as nothing. */
export function tellablePath(address: string): string {
  try {
    return new URL(address).pathname;
  } catch {
    return "";
  }
}
