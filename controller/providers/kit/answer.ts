// Small makers of what the contract answers.
import type { FailureKind, FailureReach, ProviderAnswer, ProviderFailure } from "../contract/failure.ts";

export const done: ProviderAnswer<void> = { ok: true, value: undefined };

export function answer<T>(value: T): ProviderAnswer<T> {
  return { ok: true, value };
}

export interface FailureWords {
  readonly kind: FailureKind;
  readonly reach: FailureReach;
  readonly message: string;
  readonly hint: string;
  readonly vendorCode?: string;
}

export function failure(words: FailureWords): ProviderFailure {
  return { ok: false, ...words };
}
