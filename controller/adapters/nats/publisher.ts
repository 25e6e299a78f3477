// Hands committed events to monitors: into the stream in order of arrival, then their snapshots into the bucket.
import type { AgentRecords, PublishMark } from "#controller/ports/agent-records.ts";
import type { Clock } from "#shared/clock.ts";
import { publishedEvent, streamResetRow } from "./event-rows.ts";
import { LinkError, type Link } from "./link.ts";

export interface PublisherNeeds {
  readonly records: AgentRecords;
  /** Called when the stream is there: it may be a new one, without its readers. */
  arrange(link: Link): Promise<void>;
  now(): number;
  readonly steady: Pick<Clock, "sleep">;
  log(event: string, facts: Readonly<Record<string, unknown>>): void;
}

export interface Publisher {
  /** There may be something new. */
  nudge(): void;
  /** The hub was (re)started or reconnected: look whether its stream is still the one we filled. */
  inspect(): void;
  /** Resolves when everything committed before the call is with the monitors, or the hub is away. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Publications under way at once: enough to hide the round trip, few enough to repeat after a break. */
const WINDOW = 256;
/** The stream keeps a week; older events are not published again. */
const KEEP_MS = 7 * 86_400_000;
/** After a failure the next attempt waits; the hub's return wakes us earlier. */
const RETRY_MS = 500;

/** Works until stopped; failures only delay it. `link` may change when the hub moves. */
export function startPublisher(link: () => Link | null, needs: PublisherNeeds): Publisher {
  let isWanted = true;
  let mustInspect = true;
  let isStopped = false;
  let wake = Promise.withResolvers<void>();
  let rest = Promise.withResolvers<void>();
  const call = () => wake.resolve();

  async function work(): Promise<void> {
    while (!isStopped) {
      if (!isWanted && !mustInspect) {
        rest.resolve();
        await wake.promise;
        if (isStopped) break;
      }
      wake = Promise.withResolvers();
      const current = link();
      if (current === null || !current.connected) {
        // Whoever brings the hub back asks for an inspection, which wakes us.
        rest.resolve();
        await wake.promise;
        continue;
      }
      try {
        await step(current);
      } catch (error) {
        if (isStopped) break;
        // The hub is away or slow: everything is still in our database, so later is as good.
        needs.log("publishing-delayed", { error: error instanceof LinkError ? error.trouble : String(error) });
        rest.resolve();
        isWanted = true;
        await Promise.race([wake.promise, needs.steady.sleep(RETRY_MS)]);
      }
    }
    rest.resolve();
  }

  async function step(current: Link): Promise<void> {
    if (mustInspect) {
      await inspect(current, needs);
      mustInspect = false;
    }
    isWanted = false;
    while (await publishSome(current, needs)) if (isStopped) return;
  }

  const ended = work();
  return {
    nudge() {
      isWanted = true;
      call();
    },
    inspect() {
      mustInspect = true;
      call();
    },
    idle() {
      rest = Promise.withResolvers();
      isWanted = true;
      call();
      return rest.promise;
    },
    async stop() {
      isStopped = true;
      call();
      await ended;
    },
  };
}

/** One window of events; false when there was nothing. */
async function publishSome(link: Link, needs: PublisherNeeds): Promise<boolean> {
  const mark = await needs.records.publishMark();
  const events = await needs.records.eventsAfter(mark.eventId, WINDOW);
  const last = events.at(-1);
  if (last === undefined) return false;
  const outgoing = events.map(publishedEvent);
  const quick = await link.publishEventsQuickly(outgoing);
  // Another number means that some were lost, or were there before: the hub sorts that out by their ids.
  const streamSeq = quick === mark.streamSeq + events.length ? quick : await link.publishEvents(outgoing);
  await publishSnapshots(link, needs, mark.eventId);
  await needs.records.savePublishMark({ ...mark, eventId: last.id, streamSeq: Math.max(mark.streamSeq, streamSeq) });
  return true;
}

/** Snapshots as they are now: they may be newer than the event that changed them, never older. */
async function publishSnapshots(link: Link, needs: PublisherNeeds, after: number): Promise<void> {
  for (let from = after; ;) {
    const changed = await needs.records.snapshotsAfter(from, WINDOW);
    const last = changed.at(-1);
    if (last === undefined) return;
    await Promise.all(
      changed.map(({ key, value, eventId }) => link.putState(key, JSON.stringify({ ...value, event: eventId }))),
    );
    if (changed.length < WINDOW) return;
    from = last.eventId;
  }
}

/**
 * The hub's store is not durable: after a power cut the stream may be shorter than it was, or gone. Then what is missing
 * is published again, and monitors are told to read the snapshots anew.
 */
async function inspect(link: Link, needs: PublisherNeeds): Promise<void> {
  const mark = await needs.records.publishMark();
  const state = await link.ensureStores();
  await needs.arrange(link);
  if (state.created === mark.stream && state.lastSeq >= mark.streamSeq) return;
  const isFirst = mark.stream === "";
  const lastId = await link.lastEventId();
  const from = await resumeFrom(lastId, needs);
  const next: PublishMark = { eventId: from, stream: state.created, streamSeq: state.lastSeq };
  await publishSnapshots(link, needs, 0);
  if (!isFirst) {
    needs.log("stream-reset", { lost: mark.streamSeq - state.lastSeq });
    await needs.records.appendOwn(
      "_ctl",
      "",
      streamResetRow(needs.now(), "the hub lost events it had stored; they were published again"),
    );
  }
  await needs.records.savePublishMark(next);
}

async function resumeFrom(lastId: string | null, needs: PublisherNeeds): Promise<number> {
  const [, cid, inc, seq] = /^(.+)\.(\d+)\.(\d+)$/.exec(lastId ?? "") ?? [];
  const known = cid === undefined ? null : await needs.records.eventId(cid, Number(inc), Number(seq));
  return known ?? (await needs.records.idBefore(needs.now() - KEEP_MS));
}
