// What heads were heard saying since this server started: registrations and heartbeats. Silence is only silence, never a verdict.
import type { Time } from "#shared/clock.ts";
import type { Heartbeat } from "#shared/wire/events.ts";
import type { HeadRegistration } from "#shared/wire/registration.ts";
import type { Refusal } from "./registration.ts";

export interface HeadPresence {
  /** Monotonic milliseconds of the last word of the head; null: not heard since this server started. */
  readonly lastHeardAt: number;
  readonly registration: HeadRegistration | null;
  /** The last refusal, unless a registration was accepted since. */
  readonly refusal: Refusal | null;
  /** Monotonic milliseconds of each node's last heartbeat. */
  readonly nodes: ReadonlyMap<string, { readonly at: number; readonly heartbeat: Heartbeat }>;
}

interface Entry {
  lastHeardAt: number;
  registration: HeadRegistration | null;
  refusal: Refusal | null;
  nodes: Map<string, { at: number; heartbeat: Heartbeat }>;
}

export interface Presence {
  find(cid: string): HeadPresence | null;
  registered(cid: string, registration: HeadRegistration): void;
  refused(cid: string, refusal: Refusal): void;
  beat(cid: string, nid: string, heartbeat: Heartbeat): void;
  /** The head answered a call. */
  heard(cid: string): void;
  /** Milliseconds since the head was heard; null: not since this server started. */
  silentMs(cid: string): number | null;
  forget(cid: string): void;
  /** How many heads were heard within the last `ms`. */
  countHeard(ms: number): number;
  /** Resolves at the next registration of this cluster or after `ms`, whichever is first. */
  nextRegistration(cid: string, ms: number): Promise<void>;
  /** Aborted at the next registration: what was asked before may never be answered. */
  registrationSignal(cid: string): { readonly signal: AbortSignal; done(): void };
}

export function createPresence(time: Pick<Time, "monotonic" | "after">): Presence {
  const monotonic = () => time.monotonic();
  const entries = new Map<string, Entry>();
  const waiters = new Map<string, Set<() => void>>();
  const entry = (cid: string): Entry => {
    const known = entries.get(cid) ?? { lastHeardAt: monotonic(), registration: null, refusal: null, nodes: new Map() };
    entries.set(cid, known);
    known.lastHeardAt = monotonic();
    return known;
  };
  const subscribe = (cid: string, wake: () => void) => {
    const all = waiters.get(cid) ?? new Set();
    waiters.set(cid, all);
    all.add(wake);
    return () => {
      all.delete(wake);
      if (all.size === 0 && waiters.get(cid) === all) waiters.delete(cid);
    };
  };
  const wakeAll = (cid: string) => {
    for (const wake of [...(waiters.get(cid) ?? [])]) wake();
  };
  return {
    find: (cid) => entries.get(cid) ?? null,
    registered(cid, registration) {
      Object.assign(entry(cid), { registration, refusal: null });
      wakeAll(cid);
    },
    refused(cid, refusal) {
      const known = entries.get(cid);
      // Strangers may invent ids; only clusters that we wait for, or that spoke before, are remembered.
      if (known === undefined && !waiters.has(cid)) return;
      entry(cid).refusal = refusal;
      wakeAll(cid);
    },
    beat(cid, nid, heartbeat) {
      entry(cid).nodes.set(nid, { at: monotonic(), heartbeat });
    },
    heard: (cid) => void entry(cid),
    silentMs(cid) {
      const known = entries.get(cid);
      return known === undefined ? null : monotonic() - known.lastHeardAt;
    },
    countHeard: (ms) => [...entries.values()].filter((one) => monotonic() - one.lastHeardAt <= ms).length,
    forget: (cid) => void entries.delete(cid),
    nextRegistration: (cid, ms) =>
      new Promise((resolve) => {
        const end = () => {
          callOff();
          unsubscribe();
          resolve();
        };
        const callOff = time.after(ms, end);
        const unsubscribe = subscribe(cid, end);
      }),
    registrationSignal(cid) {
      const controller = new AbortController();
      const done = subscribe(cid, () => controller.abort());
      return { signal: controller.signal, done };
    },
  };
}
