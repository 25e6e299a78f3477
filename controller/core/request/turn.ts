// Decides whose turn it is with a request, and what follows from the end of a step of it. Rows, facts and an instant in, one deed
// out. Any server may take any turn; that only one does is the store's promise (a conditional write and a token).
import {
  isRequestTerminal,
  requestState,
  type RequestFailure,
  type RequestOutcome,
  type RequestState,
} from "#shared/lifecycle/request.ts";
import { cancelledFailure, interruptedFailure, retention } from "./keep.ts";

/** What the row says. Instants in milliseconds since the epoch. */
export interface RequestRow {
  readonly state: RequestState;
  readonly createdAt: number;
  /** One higher at every taking up. */
  readonly token: number;
  readonly leaseOwner: string | null;
  readonly leaseUntil: number | null;
  readonly wakeAt: number | null;
  readonly wakeOn: string | null;
  readonly cancelAsked: boolean;
}

/** What a server knows besides. */
export interface RequestFacts {
  /** Its name in leases. */
  readonly self: string;
  /** The token under which an operation of the request is at work in this very process; null: none is. */
  readonly runsUnder: number | null;
  /** Its lane has a place. */
  readonly hasRoom: boolean;
  readonly isStopping: boolean;
}

export type Turn =
  | { readonly do: "nothing" }
  /** Nobody's before: begin, or go on after a wait. */
  | { readonly do: "claim" }
  /** A server died over it, or let go of it: begin again from the beginning. */
  | { readonly do: "take-over" }
  | { readonly do: "renew" }
  /** Look again then, or when what it waits for changes (null). */
  | { readonly do: "wait-until"; readonly at: number | null }
  /** The operation here is to end: somebody asked, or the server stops. */
  | { readonly do: "abort"; readonly why: "cancelled" | "stopping" }
  /** The operation here works in vain: another server has the request, or it ended. */
  | { readonly do: "give-up" }
  | { readonly do: "prune" };

/** A server is believed dead this long after its last word. Longer than a collection of garbage or a slow disk takes. */
export const LEASE_MS = 15_000;
/** Renewed when a third is over, so that two renewals may fail. */
export const RENEW_AFTER_MS = LEASE_MS / 3;

const nothing: Turn = { do: "nothing" };

export function decideTurn(row: RequestRow, facts: RequestFacts, now: number): Turn {
  if (facts.runsUnder !== null) return turnOfHolder(row, facts, now);
  if (isRequestTerminal(row.state)) return now - row.createdAt > retention.ageMs ? { do: "prune" } : nothing;
  const dueAt = freeAt(row);
  if (dueAt === null || dueAt > now) return { do: "wait-until", at: dueAt };
  if (facts.isStopping || !facts.hasRoom) return nothing;
  return { do: row.state === requestState.RUNNING ? "take-over" : "claim" };
}

function turnOfHolder(row: RequestRow, facts: RequestFacts, now: number): Turn {
  const isOurs = row.state === requestState.RUNNING && row.token === facts.runsUnder && row.leaseOwner === facts.self;
  if (!isOurs) return { do: "give-up" };
  if (facts.isStopping) return { do: "abort", why: "stopping" };
  if (row.cancelAsked) return { do: "abort", why: "cancelled" };
  return now - ((row.leaseUntil ?? 0) - LEASE_MS) >= RENEW_AFTER_MS ? { do: "renew" } : nothing;
}

/** From when on anybody may take it up; null: when what it waits for changes. Of one that has not ended. */
function freeAt(row: RequestRow): number | null {
  if (row.state === requestState.PENDING) return 0;
  if (row.state === requestState.RUNNING) return row.leaseUntil ?? 0;
  if (row.cancelAsked) return 0;
  // Of a server without waits as rows: its coroutine is gone.
  return row.wakeAt ?? (row.wakeOn === null ? 0 : null);
}

export type Beginning = { readonly do: "run" } | { readonly do: "finish"; readonly outcome: RequestOutcome };

/**
 * Of a request that was just taken up. One that was at work is run again: its operation is idempotent. One that only lived in its
 * client's connection (a followed log) has lost it.
 */
export function decideBeginning(
  row: { readonly runs: number; readonly cancelAsked: boolean },
  canResume: boolean,
): Beginning {
  if (row.cancelAsked) return { do: "finish", outcome: { state: requestState.CANCELLED, failure: cancelledFailure } };
  if (row.runs > 1 && !canResume)
    return { do: "finish", outcome: { state: requestState.FAILED, failure: interruptedFailure } };
  return { do: "run" };
}

/** How a step of an operation ended. */
export type StepEnd =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "wait"; readonly on: string; readonly until: number | null; readonly message: string | null }
  /** A write was refused because of its token. */
  | { readonly kind: "stale" }
  | { readonly kind: "error"; readonly failure: RequestFailure };

export type Consequence =
  | { readonly do: "finish"; readonly outcome: RequestOutcome }
  | { readonly do: "wait"; readonly on: string; readonly until: number | null; readonly message: string | null }
  /** Nothing is written: it is somebody else's. */
  | { readonly do: "give-up" }
  /** Nothing is written: the next server goes on with it. */
  | { readonly do: "leave" };

export interface EndFacts {
  readonly cancelAsked: boolean;
  /** The operation was told to end. */
  readonly isAborted: boolean;
  readonly isStopping: boolean;
  /** The lease was lost. */
  readonly isLost: boolean;
}

/** A wish to cancel explains an error that came after it; an error after the server began to stop says nothing about the request. */
export function decideConsequence(end: StepEnd, facts: EndFacts): Consequence {
  if (facts.isLost || end.kind === "stale") return { do: "give-up" };
  if (end.kind === "value")
    return { do: "finish", outcome: { state: requestState.SUCCEEDED, value: end.value ?? null } };
  if (end.kind === "wait") return { do: "wait", on: end.on, until: end.until, message: end.message };
  const cancelled: Consequence = {
    do: "finish",
    outcome: { state: requestState.CANCELLED, failure: cancelledFailure },
  };
  if (end.failure.code === cancelledFailure.code) return cancelled;
  if (facts.isStopping && facts.isAborted) return { do: "leave" };
  if (facts.cancelAsked && facts.isAborted) return cancelled;
  return { do: "finish", outcome: { state: requestState.FAILED, failure: end.failure } };
}
