// What a source of prices gives, and what it is given. A source reads the network in parts, so that a broken run can go on.
import { realTime } from "#shared/clock.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { OfferRow, PriceSource } from "../offer.ts";
import type { CloudTable } from "../table.ts";

export type Fetch = (
  url: string,
  init?: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal?: AbortSignal;
  },
) => Promise<Response>;

export interface RefreshWorld {
  readonly fetch: Fetch;
  /** ISO day that new prices are stamped with. */
  readonly today: string;
  /** ISO time, for signatures. */
  readonly now: string;
  readonly signal: AbortSignal;
  /** What was known before: types, places, devices. */
  readonly before: CloudTable;
  /** Base addresses by name, instead of the vendor's; for tests and mirrors. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Keys by name; absent ones make a source refuse with a hint. */
  readonly credential: (name: string) => string | undefined;
  /** A part's result, made once and kept until the whole run has ended well. */
  readonly part: <Value>(key: string, make: () => Promise<Value>) => Promise<Value>;
}

export interface Refreshed {
  readonly rows: readonly OfferRow[];
  readonly sources: readonly PriceSource[];
  /** What was left out, one line each. */
  readonly notes: readonly string[];
}

export interface CatalogSource {
  readonly name: string;
  readonly cloud: string;
  refresh(world: RefreshWorld): Promise<Refreshed>;
}

const ATTEMPTS = 4;
const WAIT_MS = 500;
const DEADLINE_MS = 120_000;

/** The response of a good answer; waits and asks again when the vendor is busy. @throws StixError for anything else. */
export async function request(world: RefreshWorld, url: string, init: Parameters<Fetch>[1] = {}): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const signal = AbortSignal.any([world.signal, realTime.deadline(DEADLINE_MS)]);
    const response = await world.fetch(url, { ...init, signal });
    if (response.ok) return response;
    const isBusy = response.status === 429 || response.status >= 500;
    if (!isBusy || attempt === ATTEMPTS) throw refused(url, response.status);
    await response.body?.cancel();
    const asked = Number(response.headers.get("retry-after")) * 1000;
    await realTime.sleep(Number.isFinite(asked) && asked > 0 ? Math.min(asked, 30_000) : WAIT_MS * 2 ** attempt);
  }
}

function refused(url: string, status: number): StixError {
  const { host } = new URL(url);
  const isKey = status === 401 || status === 403;
  return new StixError({
    code: isKey ? "not-authenticated" : "resources-unavailable",
    message: `${host} answered ${status} instead of prices`,
    hint: isKey
      ? "check the key of this cloud: stix check"
      : "the old prices stay in use; try again later: stix catalog update",
  });
}

/** One source for all rows: name and day. */
export function seenToday(world: RefreshWorld, name: string): PriceSource[] {
  return [
    {
      price: name,
      priceAsOf: world.today,
      spot: name,
      spotAsOf: world.today,
      priceSuspect: false,
      spotEstimate: false,
    },
  ];
}

/** @throws StixError naming the key that is missing. */
export function requireCredential(world: RefreshWorld, name: string, hint: string): string {
  const value = world.credential(name);
  if (value !== undefined && value !== "") return value;
  throw new StixError({
    code: "not-authenticated",
    message: `prices of this source need '${name}', which is not set`,
    hint,
  });
}
