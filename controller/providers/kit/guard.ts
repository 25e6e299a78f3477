// Stands around every call of a provider: what is thrown becomes a failure, an abort stays an abort, secrets stay at home, and
// nothing takes for ever.
import type { Timers } from "#shared/clock.ts";
import type { ProviderAnswer, ProviderFailure } from "../contract/failure.ts";
import { failure } from "./answer.ts";
import { redacted } from "./redact.ts";

export interface GuardOptions {
  /** "cannot create nodes of 'c'": begins the message of a failure. */
  readonly doing: string;
  readonly signal?: AbortSignal;
  /** After so long the call is given up as `transient`; absent: the work ends by itself. */
  readonly deadline?: { readonly ms: number; readonly timers: Pick<Timers, "after"> };
  /** Values that no message may show. */
  readonly secrets?: readonly string[];
  /** What the cloud's own errors mean. */
  readonly failureOf: (doing: string, error: unknown) => ProviderFailure;
}

/** Rejects only when `signal` was aborted, with its reason. */
export async function guard<T>(
  options: GuardOptions,
  work: (signal: AbortSignal) => Promise<ProviderAnswer<T>>,
): Promise<ProviderAnswer<T>> {
  const { doing, signal, deadline, failureOf, secrets } = options;
  const over = new AbortController();
  const inner = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  try {
    signal?.throwIfAborted();
    const answer = deadline === undefined ? await work(inner) : await within(deadline, inner, over, work);
    return answer === null ? tooLate(doing, deadline?.ms ?? 0) : clean(answer, secrets);
  } catch (error) {
    signal?.throwIfAborted();
    return clean(failureOf(doing, error), secrets);
  }
}

/** null: the time was over first. What a call that does not listen to its signal answers later, nobody hears. */
async function within<T>(
  { ms, timers }: NonNullable<GuardOptions["deadline"]>,
  inner: AbortSignal,
  over: AbortController,
  work: (signal: AbortSignal) => Promise<ProviderAnswer<T>>,
): Promise<ProviderAnswer<T> | null> {
  const { promise: late, resolve, reject } = Promise.withResolvers<null>();
  const callOff = timers.after(ms, () => {
    resolve(null);
    over.abort(new Error("it took too long"));
  });
  const give = () => reject(inner.reason);
  inner.addEventListener("abort", give, { once: true });
  try {
    return await Promise.race([work(inner), late]);
  } finally {
    callOff();
    inner.removeEventListener("abort", give);
  }
}

function tooLate(doing: string, deadlineMs: number): ProviderFailure {
  return failure({
    kind: "transient",
    reach: "region",
    message: `${doing}: no answer within ${Math.ceil(deadlineMs / 1000)} s`,
    hint: "the cloud may be slow or unreachable from here; try again",
  });
}

/** In one line, and without secrets. */
function clean<T>(answer: ProviderAnswer<T>, secrets: readonly string[] | undefined): ProviderAnswer<T> {
  if (answer.ok) return answer;
  const line = (text: string) =>
    redacted(text, secrets)
      .replaceAll(/\s*\n\s*/g, " ")
      .trim();
  return { ...answer, message: line(answer.message), hint: line(answer.hint) };
}
