// What this server works on: under which token, until when nobody else may, and how each is told to end.
import { requestState } from "#shared/lifecycle/request.ts";
import { decideTurn, LEASE_MS, RENEW_AFTER_MS } from "#controller/core/request/turn.ts";
import { failureOf } from "#controller/operations/request-failure.ts";
import {
  StaleLease,
  type Held,
  type Lease,
  type RequestRecord,
  type RequestStore,
} from "#controller/ports/requests.ts";
import type { Clock } from "#shared/clock.ts";
import { requestCancelled } from "./request-cancelled.ts";

/** With other servers about, wishes to cancel are seen this late at most. */
const SHARED_LOOK_MS = 2_000;

export interface Holding {
  readonly id: string;
  readonly token: number;
  readonly signal: AbortSignal;
  /** Another server took it up. */
  readonly isLost: () => boolean;
  /** Its end is being written: no longer told anything. */
  settle(): void;
  /** Nothing of it is at work here any more. */
  [Symbol.dispose](): void;
}

export interface Holdings {
  /** A new one, from now. */
  lease(): Lease;
  /** After a pause of the whole process: what is at work here is renewed before anything is taken up, or we would take it from ourselves. */
  keepOwn(): Promise<void>;
  /** `connection`: it lives in a connection, and is not waited for when the server stops. */
  add(request: RequestRecord, kind?: "connection"): Holding;
  /** False: it is not at work here. */
  abort(id: string, reason: Error): boolean;
  /** Resolves when no operation is at work any more. */
  endAll(reason: Error): Promise<void>;
}

export interface HoldingsNeeds {
  readonly self: string;
  readonly requests: RequestStore;
  readonly clock: Clock;
  /** Time for the renewals. */
  readonly pulse: Clock;
  readonly isShared: boolean;
  readonly isStopping: () => boolean;
  readonly tell: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

interface Entry {
  readonly token: number;
  readonly abort: AbortController;
  isLost: boolean;
  isSettled: boolean;
  readonly inConnection: boolean;
  readonly gone: PromiseWithResolvers<void>;
}

/** What the store says of something at work here, as the table of turns reads it; `held` undefined: it is not ours any more. */
function rowOf(entry: Entry, held: Held | undefined, self: string, now: number): Parameters<typeof decideTurn>[0] {
  return {
    state: held === undefined ? requestState.WAITING : requestState.RUNNING,
    createdAt: now,
    token: held?.token ?? entry.token,
    leaseOwner: held === undefined ? null : self,
    leaseUntil: now + LEASE_MS,
    wakeAt: null,
    wakeOn: null,
    cancelAsked: held?.cancelAsked ?? false,
  };
}

export function createHoldings(needs: HoldingsNeeds): Holdings {
  const { self, requests, clock, tell } = needs;
  const entries = new Map<string, Entry>();
  const everyMs = needs.isShared ? SHARED_LOOK_MS : RENEW_AFTER_MS;
  let renewing: AbortController | null = null;
  let renewedAt = Number.NEGATIVE_INFINITY;

  const lease = (): Lease => ({ owner: self, until: clock.now() + LEASE_MS });

  /** Runs while something is at work here, and no longer: an idle server writes nothing. */
  async function renewals(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      await needs.pulse.sleep(everyMs, end).catch(() => undefined);
      if (!end.aborted) await renew();
    }
  }

  async function renew(): Promise<void> {
    renewedAt = clock.now();
    try {
      const known = [...entries];
      const held = new Map((await requests.renew(lease())).map((each) => [each.id, each]));
      for (const [id, entry] of known) judge(id, entry, held.get(id));
    } catch (error) {
      // The next one may succeed; if none does, another server takes over, and our writes are refused.
      tell("leases-not-renewed", { error: failureOf(error).message });
    }
  }

  function judge(id: string, entry: Entry, held: Held | undefined): void {
    if (entry.isSettled || entries.get(id) !== entry) return;
    const now = clock.now();
    const row = rowOf(entry, held, self, now);
    const facts = { self, runsUnder: entry.token, hasRoom: true, isStopping: needs.isStopping() };
    const turn = decideTurn(row, facts, now);
    if (turn.do === "give-up") {
      entry.isLost = true;
      tell("request-lost", { request: id, token: entry.token });
      entry.abort.abort(new StaleLease({ requestId: id, token: entry.token }));
    }
    if (turn.do === "abort" && turn.why === "cancelled") entry.abort.abort(requestCancelled());
  }

  return {
    lease,
    async keepOwn() {
      if (entries.size > 0 && clock.now() - renewedAt > RENEW_AFTER_MS) await renew();
    },
    add(request, kind) {
      const entry: Entry = {
        token: request.token,
        abort: new AbortController(),
        isLost: false,
        isSettled: false,
        inConnection: kind === "connection",
        gone: Promise.withResolvers<void>(),
      };
      entries.set(request.id, entry);
      if (renewing === null) {
        renewing = new AbortController();
        void renewals(renewing.signal);
      }
      return {
        id: request.id,
        token: request.token,
        signal: entry.abort.signal,
        isLost: () => entry.isLost,
        settle: () => void (entry.isSettled = true),
        [Symbol.dispose]() {
          if (entries.get(request.id) === entry) entries.delete(request.id);
          entry.gone.resolve();
          if (entries.size > 0) return;
          renewing?.abort();
          renewing = null;
        },
      };
    },
    abort(id, reason) {
      const entry = entries.get(id);
      if (entry === undefined) return false;
      entry.abort.abort(reason);
      return true;
    },
    async endAll(reason) {
      const all = [...entries.values()].filter((each) => !each.inConnection);
      for (const each of all) each.abort.abort(reason);
      await Promise.all(all.map((each) => each.gone.promise));
    },
  };
}
