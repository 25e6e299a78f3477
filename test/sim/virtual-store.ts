// The head's database in memory: what was applied survives the head, what was not does not. Full disks included.
import { rowFromJob, type Change, type JobRow, type MetaKey } from "#skylet/store/store.ts";
import type { QueueStore } from "#skylet/queue/run-queue.ts";
import type { JobSpec } from "#shared/wire/rpc.ts";
import type { ClusterEvent } from "#shared/wire/events.ts";

export interface VirtualStore extends QueueStore {
  readonly rows: Map<number, JobRow>;
  readonly events: ClusterEvent[];
}

/** `onApply` is called with the rows as they were, before each transaction becomes visible; it throws to fail it. */
export function createVirtualStore(
  onApply: (rows: ReadonlyMap<number, JobRow>, changed: readonly JobRow[], events: readonly ClusterEvent[]) => void,
): VirtualStore {
  const rows = new Map<number, JobRow>();
  const specs = new Map<number, JobSpec>();
  const submissions = new Map<string, { spec_hash: string; first: number; copies: number }>();
  const meta = new Map<MetaKey, string>();
  const events: ClusterEvent[] = [];
  return {
    rows,
    events,
    apply: (change: Change) => {
      const changed = [...(change.jobs ?? [])].map(rowFromJob);
      onApply(rows, changed, change.events ?? []);
      for (const row of changed) rows.set(row.jid, row);
      for (const { specId, spec } of change.specs ?? []) specs.set(specId, spec);
      for (const { idem, specHash, first, copies } of change.submissions ?? [])
        submissions.set(idem, { spec_hash: specHash, first, copies });
      for (const [key, value] of Object.entries(change.meta ?? {})) meta.set(key as MetaKey, value);
      events.push(...(change.events ?? []));
    },
    meta: (key) => meta.get(key) ?? null,
    spec: (specId) => specs.get(specId) ?? null,
    submission: (idem) => submissions.get(idem) ?? null,
    openJobs: () =>
      [...rows.values()].filter((row) => row.stage !== "final").sort((left, right) => left.jid - right.jid),
    lastJid: () => Math.max(0, ...rows.keys()),
  };
}
