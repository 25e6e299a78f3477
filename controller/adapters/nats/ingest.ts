// The registration and event desks: every word of a head is checked, made durable, and only then acknowledged.
import type { AgentRecords, BatchOutcome, EventBatch } from "#controller/ports/agent-records.ts";
import type { Time } from "#shared/clock.ts";
import { groupCommit } from "#shared/group-commit.ts";
import { eventBatchSchema, heartbeatSchema, type eventBatchReplySchema } from "#shared/wire/events.ts";
import { headRegistrationSchema, type headRegistrationReplySchema } from "#shared/wire/registration.ts";
import { CLUSTER_ID, hubSubjects, inboxPrefix } from "#shared/wire/subjects.ts";
import type { z } from "zod";
import { eventRow } from "./event-rows.ts";
import { CREDENTIALS_DAYS, type HubKeys } from "./hub-keys.ts";
import type { IncomingMessage, Link } from "./link.ts";
import type { Presence } from "./presence.ts";
import { decideRegistration } from "./registration.ts";

export interface IngestNeeds {
  readonly records: AgentRecords;
  readonly keys: HubKeys;
  readonly presence: Presence;
  readonly epoch: number;
  now(): number;
  readonly time: Pick<Time, "monotonic" | "soon" | "after">;
  /** After events of these clusters were committed. */
  applied(batches: readonly EventBatch[]): void;
  log(event: string, facts: Readonly<Record<string, unknown>>): void;
}

/** A transaction waits this long for company; longer would be felt, shorter costs a flush of the disk for each batch. */
const GROUP_COMMIT_MS = 4;
/** A head has one batch under way; what repeats itself more often than this is dropped, it will be sent again. */
const MAX_WAITING_BATCHES = 1_024;
const RENEW_BEFORE_MS = (CREDENTIALS_DAYS / 3) * 86_400_000;

/** Of several servers one answers a head. All hear that it lives. */
const DESK = "controllers";

type BatchReply = z.infer<typeof eventBatchReplySchema>;
type RegistrationReply = z.infer<typeof headRegistrationReplySchema>;

/** Opens the desks on this connection. */
export function serveHeads(link: Link, needs: IngestNeeds): void {
  const commit = groupCommit<EventBatch, BatchOutcome>(
    async (batches) => {
      const outcomes = await needs.records.applyEvents(batches);
      needs.applied(batches.filter((_, index) => outcomes[index]?.ok));
      return outcomes;
    },
    { time: needs.time, groupMax: MAX_WAITING_BATCHES, companyMs: GROUP_COMMIT_MS, waitingMax: MAX_WAITING_BATCHES },
  );
  link.subscribe(
    hubSubjects.allRegister,
    (message) => void answer(message, needs, () => register(message, needs)),
    DESK,
  );
  link.subscribe(
    hubSubjects.allEventBatches,
    (message) => void answer(message, needs, () => accept(message, commit)),
    DESK,
  );
  link.subscribe(hubSubjects.allHeartbeats, (message) => beat(message, needs));
}

/**
 * A border: whatever goes wrong with one message stays with it. No answer means "again". We may write anywhere, so a head gets
 * its answers in its own inbox and nowhere else: another cluster would take them for a command.
 */
async function answer(
  message: IncomingMessage,
  needs: IngestNeeds,
  work: () => Promise<RegistrationReply | BatchReply | null>,
): Promise<void> {
  try {
    const reply = await work();
    if (reply !== null && message.reply.startsWith(`${inboxPrefix.cluster(clusterOf(message.subject) ?? "")}.`))
      message.respond(JSON.stringify(reply));
  } catch (error) {
    needs.log("message-failed", {
      subject: message.subject,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

async function register(message: IncomingMessage, needs: IngestNeeds): Promise<RegistrationReply> {
  const cid = clusterOf(message.subject);
  const parsed = headRegistrationSchema.safeParse(readJson(message.data));
  if (!parsed.success || cid === null)
    return { ok: false, error: "bad-request", message: "the registration is not understood" };
  const record = await needs.records.find(cid);
  const token = record === null ? null : needs.keys.bootToken(cid, record.bootGeneration);
  const decision = decideRegistration(record, parsed.data, token);
  if (!decision.ok) {
    needs.log("registration-refused", { cid, error: decision.error });
    needs.presence.refused(cid, decision);
    return decision;
  }
  const { incarnation } = decision;
  const known = record?.incarnation;
  if (known?.dbId !== incarnation.dbId || known.run !== incarnation.run)
    await needs.records.saveIncarnation(cid, incarnation);
  needs.presence.registered(cid, parsed.data);
  const credentials = await renewal(cid, record?.credentialsExpireAt ?? 0, needs);
  needs.log("head-registered", { cid, inc: incarnation.inc, run: incarnation.run, nodes: parsed.data.nodes.length });
  return {
    ok: true,
    proto: decision.protocol,
    inc: incarnation.inc,
    epoch: needs.epoch,
    acked: incarnation.acked,
    credentials,
  };
}

async function renewal(cid: string, expireAt: number, needs: IngestNeeds): Promise<string | null> {
  if (expireAt - needs.now() > RENEW_BEFORE_MS) return null;
  const fresh = needs.keys.clusterCredentials(cid, needs.now());
  await needs.records.setCredentialsExpiry(cid, fresh.expireAt);
  return fresh.credentials;
}

async function accept(
  message: IncomingMessage,
  commit: (batch: EventBatch) => Promise<BatchOutcome>,
): Promise<BatchReply | null> {
  const cid = clusterOf(message.subject);
  const parsed = eventBatchSchema.safeParse(readJson(message.data));
  if (!parsed.success || cid === null) return { ok: false, error: "bad-request" };
  const { inc, run, ev } = parsed.data;
  return commit({ cid, inc, run, rows: ev.map((row) => eventRow(cid, row)) });
}

function beat(message: IncomingMessage, needs: IngestNeeds): void {
  const [, , , cid, , nid] = message.subject.split(".");
  const parsed = heartbeatSchema.safeParse(readJson(message.data));
  if (parsed.success && cid !== undefined && nid !== undefined) needs.presence.beat(cid, nid, parsed.data);
}

/** The cluster is who the subject says: the hub lets a head publish only on its own. */
function clusterOf(subject: string): string | null {
  const cid = subject.split(".")[3] ?? "";
  return CLUSTER_ID.test(cid) ? cid : null;
}

function readJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return null;
  }
}
