// Calls HTTP APIs for providers: paced, repeated where that is safe, observed. JSON in and out.
import type { Clock, Random } from "#shared/clock.ts";
import type { ProviderFailure } from "../contract/failure.ts";
import { failure } from "./answer.ts";
import { failureOfStatus, readRetryAfter, retryAfter, takeTurn, type Pace, type PaceState } from "./http-decide.ts";
import { tellablePath, type Observe } from "./observe.ts";
import { redacted } from "./redact.ts";

export interface HttpOptions {
  readonly cloud: string;
  /** Begins every address. */
  readonly base: string;
  /** Asked before each try: tokens grow old. */
  readonly headers: () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  readonly pace: Pace;
  readonly triesMost: number;
  readonly clock: Clock;
  readonly random: Pick<Random, "next">;
  readonly observe: Observe;
}

export interface HttpCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** Doing it twice is the same as once. Absent: as the method says (all but POST and PATCH). */
  readonly canRepeat?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
  readonly retryAfterMs: number | null;
}

/** The line broke, or there was nobody: no answer after all tries. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

export interface Http {
  /** The answer, whatever its status. Throws NoAnswer, or the signal's reason. */
  call(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer>;
}

export function createHttp(options: HttpOptions): Http {
  const { clock, random, pace, triesMost } = options;
  let turns: PaceState = { left: pace.burst, at: clock.monotonic() };
  return {
    async call(call, signal) {
      const canRepeat = call.canRepeat ?? (call.method !== "POST" && call.method !== "PATCH");
      for (let tries = 1; ; tries += 1) {
        const { state, waitMs } = takeTurn(pace, turns, clock.monotonic());
        turns = state;
        if (waitMs > 0) await clock.sleep(waitMs, signal);
        const answer = await attempt(options, call, { signal, tries, pacedMs: waitMs });
        const status = answer instanceof NoAnswer ? null : answer.status;
        const retryAfterMs = answer instanceof NoAnswer ? null : answer.retryAfterMs;
        const pause = retryAfter({ status, canRepeat, tries, triesMost, retryAfterMs, chance: random.next() });
        if (pause !== null) await clock.sleep(pause, signal);
        else if (answer instanceof NoAnswer) throw answer;
        else return answer;
      }
    },
  };
}

interface Try {
  readonly signal: AbortSignal;
  readonly tries: number;
  readonly pacedMs: number;
}

async function attempt(
  { cloud, base, headers, clock, observe }: HttpOptions,
  { method, path, body }: HttpCall,
  { signal, tries, pacedMs }: Try,
): Promise<HttpAnswer | NoAnswer> {
  const address = `${base}${path}`;
  const begun = clock.monotonic();
  const tell = (status: number | null) =>
    observe({
      cloud,
      method,
      path: tellablePath(address),
      status,
      attempt: tries,
      tookMs: clock.monotonic() - begun,
      pacedMs,
    });
  try {
    const response = await fetch(address, {
      method,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(await headers()),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
      // A key must not follow to another host.
      redirect: "manual",
    });
    const text = await response.text();
    tell(response.status);
    const retryAfterMs = readRetryAfter(response.headers.get("retry-after"), clock.now());
    return { status: response.status, body: parsedOr(text), retryAfterMs };
  } catch (error) {
    signal.throwIfAborted();
    tell(null);
    return new NoAnswer(redacted(error instanceof Error ? error.message : String(error)), { cause: error });
  }
}

/** What an answer that is no success means; `words`: what the cloud says in it. */
export function httpFailure(
  doing: string,
  { status, retryAfterMs }: Pick<HttpAnswer, "status" | "retryAfterMs">,
  words: { readonly message: string; readonly hint: string; readonly vendorCode?: string },
): ProviderFailure {
  const { kind, reach } = failureOfStatus(status);
  return {
    ...failure({ ...words, kind, reach, message: `${doing}: ${words.message}` }),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
