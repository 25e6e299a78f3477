// Turns events into what is stored and shown: the last part of their subject, and what they change in the snapshots.
import { nodeState } from "#shared/lifecycle/node.ts";
import type { EventRow, StoredEvent } from "#controller/ports/agent-records.ts";
import { hubSubjects, stateKeys } from "#shared/wire/subjects.ts";
import type { ClusterEvent, PublishedEvent } from "#shared/wire/events.ts";
import { jobState, isJobTerminal } from "#shared/lifecycle/job.ts";

/** A row for an event of a head. */
export function eventRow(cid: string, [seq, at, event]: readonly [number, number, ClusterEvent]): EventRow {
  return { seq, at, kind: kindOf(event), body: event, patch: patchOf(cid, at, event) };
}

/** The stream was made anew: who follows it must read the snapshots again. */
export function streamResetRow(at: number, reason: string): Omit<EventRow, "seq"> {
  return { at, kind: "ctl", body: { type: "stream-reset", reason }, patch: null };
}

export function publishedEvent(event: StoredEvent): {
  readonly subject: string;
  readonly id: string;
  readonly text: string;
} {
  const id = `${event.cid}.${event.inc}.${event.seq}`;
  const body: PublishedEvent = {
    v: 1,
    id,
    cid: event.cid,
    cluster: event.clusterName,
    inc: event.inc,
    seq: event.seq,
    at: event.at,
    type: "",
    ...event.body,
  };
  return { subject: hubSubjects.clusterEvent(event.cid, event.kind), id, text: JSON.stringify(body) };
}

function kindOf(event: ClusterEvent): string {
  switch (event.type) {
    case "job-submitted":
    case "job-state":
      return `job.${event.jid}`;
    case "node-up":
    case "node-lost":
      return `node.${event.nid}`;
    case "autostop-set":
    case "autostopping":
      return "autostop";
    case "agent-started":
      return "cluster";
  }
}

function patchOf(cid: string, at: number, event: ClusterEvent): EventRow["patch"] {
  switch (event.type) {
    case "job-submitted": {
      const { type: _, ...facts } = event;
      return {
        key: stateKeys.job(cid, event.jid),
        value: { v: 1, cid, ...facts, state: jobState.PENDING, attempt: 0, submittedAt: at, at },
      };
    }
    case "job-state": {
      const { jid, state, attempt, exitCodes, reason } = event;
      const begun = state === jobState.RUNNING ? { startedAt: at } : {};
      const ended = isJobTerminal(state) ? { endedAt: at } : {};
      return {
        key: stateKeys.job(cid, jid),
        value: { v: 1, cid, jid, state, attempt, exitCodes, reason, ...begun, ...ended, at },
      };
    }
    case "node-up":
      return {
        key: stateKeys.node(cid, event.nid),
        value: { v: 1, cid, nid: event.nid, state: nodeState.UP, reason: null, at },
      };
    case "node-lost":
      return {
        key: stateKeys.node(cid, event.nid),
        value: { v: 1, cid, nid: event.nid, state: nodeState.LOST, reason: event.reason, at },
      };
    case "autostop-set":
      return {
        key: stateKeys.cluster(cid),
        value: { v: 1, cid, autostop: { idleMinutes: event.idleMinutes, down: event.down, waitFor: event.waitFor } },
      };
    case "autostopping":
      return { key: stateKeys.cluster(cid), value: { v: 1, cid, autostopping: event.action } };
    case "agent-started":
      return {
        key: stateKeys.cluster(cid),
        value: { v: 1, cid, agent: { run: event.run, version: event.version, startedAt: at } },
      };
  }
}
