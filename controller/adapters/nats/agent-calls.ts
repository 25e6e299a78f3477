// Questions to heads: repeated inside their time where that is safe, answered with a result or one clear error.
import type { Agents, CallOptions } from "#controller/ports/agents.ts";
import type { Clock } from "#shared/clock.ts";
import type { ErrorCode } from "#shared/errors/codes.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import {
  logChunkHeadSchema,
  PART_BYTES,
  REQUEST_BYTES_MAX,
  REQUEST_PARTS_BYTES_MAX,
  rpcErrorSchema,
  rpcReplySchema,
  type LogChunkHead,
  type RpcError,
  type RpcMethod,
  type RpcParams,
} from "#shared/wire/rpc.ts";
import { hubSubjects } from "#shared/wire/subjects.ts";
import { z } from "zod";
import { LinkError, type Link } from "./link.ts";
import type { Presence } from "./presence.ts";

export interface CallNeeds {
  readonly epoch: number;
  readonly steady: Pick<Clock, "monotonic">;
  readonly presence: Presence;
  link(): Link | null;
  /** For messages to the user. */
  clusterName(cid: string): Promise<string>;
}

/** One try waits this long beyond what the head was asked to wait; then the question is put again. */
const TRY_MS = 2_000;
/** Pauses between tries while nobody listens. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 500;

export function createCalls(needs: CallNeeds): Pick<Agents, "call" | "readLog"> {
  return {
    async call(cid, method, params, options) {
      const deadline = needs.steady.monotonic() + options.timeoutMs;
      for (;;) {
        const left = () => ({ ...options, timeoutMs: Math.max(0, deadline - needs.steady.monotonic()) });
        const large = largeText(params, needs.epoch);
        const sent =
          large === null
            ? params
            : await inParts(large, (part) =>
                answerOf(needs, cid, { method: "part", params: part, canRepeat: true }, left()),
              );
        const data = await ask(needs, cid, { method, params: sent, canRepeat: canRepeat(method, params) }, left());
        const parsed = rpcReplySchema(method).safeParse(parseText(data));
        if (!parsed.success) throw notUnderstood(cid, method);
        const reply: { ok: true; result: unknown } | { ok: false; error: RpcError } = parsed.data;
        // The schema of this very method has just accepted it.
        if (reply.ok) return reply.result as never;
        // Nothing was done: the head only begins.
        if (reply.error.code !== "not-ready" || needs.steady.monotonic() + FIRST_PAUSE_MS > deadline)
          throw refused(method, reply.error, await needs.clusterName(cid));
        await needs.presence.nextRegistration(cid, FIRST_PAUSE_MS);
      }
    },
    async readLog(cid, params, options) {
      const data = await ask(needs, cid, { method: "log.read", params, canRepeat: true }, options);
      return readChunk(data, cid, needs);
    },
  };
}

/** The request as it would be sent, when that does not fit into one message. */
function largeText(params: object, epoch: number): Buffer | null {
  const text = JSON.stringify({ ...params, epoch });
  return Buffer.byteLength(text) <= REQUEST_BYTES_MAX ? null : Buffer.from(text);
}

/** What stands for the request once its parts are with the head. Throws too-large. */
async function inParts(whole: Buffer, send: (part: object) => Promise<void>): Promise<object> {
  if (whole.length > REQUEST_PARTS_BYTES_MAX) throw tooLarge(whole.length);
  const key = new Bun.CryptoHasher("sha256").update(whole).digest("hex");
  const count = Math.ceil(whole.length / PART_BYTES);
  for (let index = 0; index < count; index += 1)
    await send({ key, index, count, data: whole.toString("base64", index * PART_BYTES, (index + 1) * PART_BYTES) });
  return { parts: { key, count } };
}

/** For questions whose answer is only that they were heard. */
async function answerOf(needs: CallNeeds, cid: string, question: Question, options: CallOptions): Promise<void> {
  const parsed = rpcReplySchema("part").safeParse(parseText(await ask(needs, cid, question, options)));
  if (!parsed.success) throw notUnderstood(cid, question.method);
  const reply: { ok: true } | { ok: false; error: RpcError } = parsed.data;
  if (!reply.ok) throw refused(question.method, reply.error, await needs.clusterName(cid));
}

interface Question {
  readonly method: RpcMethod;
  readonly params: object;
  /** May be asked again when nobody knows whether it was heard. */
  readonly canRepeat: boolean;
}

/** "Cancel the newest" means another job the second time; everything else carries a key, or is a question only. */
function canRepeat(method: RpcMethod, params: object): boolean {
  return method !== "job.cancel" || (params as RpcParams<"job.cancel">).jids !== null;
}

async function ask(needs: CallNeeds, cid: string, question: Question, options: CallOptions): Promise<Uint8Array> {
  const deadline = needs.steady.monotonic() + options.timeoutMs;
  const text = JSON.stringify({ ...question.params, epoch: needs.epoch });
  const asked = waitAsked(question.params);
  let trouble = "nobody listens";
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    options.signal?.throwIfAborted();
    const left = deadline - needs.steady.monotonic();
    if (left <= 0) throw unreachable(cid, await needs.clusterName(cid), trouble, options.timeoutMs);
    try {
      return await tryOnce(
        needs,
        cid,
        { subject: hubSubjects.rpc(cid, question.method), text, ms: Math.min(left, asked + TRY_MS) },
        options,
      );
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (error.trouble === "too-large") throw tooLarge(text.length);
      trouble = troubleText(error);
      const wasHeardForSure = error.trouble !== "no-responders" && error.trouble !== "closed";
      if (wasHeardForSure && !question.canRepeat)
        throw unreachable(cid, await needs.clusterName(cid), trouble, options.timeoutMs);
    }
    await needs.presence.nextRegistration(cid, Math.max(0, Math.min(pause, deadline - needs.steady.monotonic())));
  }
}

/** Put once. A head that starts anew never answers what its predecessor was asked, so its registration ends the wait. */
async function tryOnce(
  needs: CallNeeds,
  cid: string,
  question: { subject: string; text: string; ms: number },
  options: CallOptions,
): Promise<Uint8Array> {
  const link = needs.link();
  if (link === null) throw new LinkError("closed", "the hub is away");
  const restart = needs.presence.registrationSignal(cid);
  const signal = options.signal === undefined ? restart.signal : AbortSignal.any([restart.signal, options.signal]);
  try {
    const data = await link.request(question.subject, question.text, question.ms, signal);
    needs.presence.heard(cid);
    return data;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (restart.signal.aborted) throw new LinkError("disconnected", "the head started anew", error);
    throw error;
  } finally {
    restart.done();
  }
}

function waitAsked(params: object): number {
  const waitMs = "waitMs" in params ? params.waitMs : 0;
  return typeof waitMs === "number" ? waitMs : 0;
}

async function readChunk(
  data: Uint8Array,
  cid: string,
  needs: CallNeeds,
): Promise<{ head: LogChunkHead; bytes: Uint8Array }> {
  const end = data.indexOf(10);
  const head = parseText(end < 0 ? data : data.subarray(0, end));
  const failed = z.object({ ok: z.literal(false), error: rpcErrorSchema }).safeParse(head);
  if (failed.success) throw refused("log.read", failed.data.error, await needs.clusterName(cid));
  const parsed = logChunkHeadSchema.safeParse(head);
  if (!parsed.success || end < 0) throw notUnderstood(cid, "log.read");
  return { head: parsed.data, bytes: data.subarray(end + 1) };
}

function parseText(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return null;
  }
}

function troubleText(error: LinkError): string {
  switch (error.trouble) {
    case "no-responders":
      return "its head is not connected to the hub";
    case "timeout":
      return "its head does not answer";
    case "closed":
    case "disconnected":
      return "the hub is away";
    case "refused":
    case "too-large":
      return error.message;
  }
}

function unreachable(cid: string, name: string, trouble: string, timeoutMs: number): StixError {
  return new StixError({
    code: "agent-unreachable",
    message: `cluster '${name}' cannot be reached: ${trouble} (waited ${Math.round(timeoutMs / 100) / 10} s)`,
    hint: `stix status --refresh ${name}`,
    details: { cid, trouble },
  });
}

function tooLarge(bytes: number): StixError {
  return new StixError({
    code: "too-large",
    message: `the job is too large to send: ${bytes} bytes of setup, run and environment, at most ${REQUEST_PARTS_BYTES_MAX / 1_048_576} MB fit`,
    hint: "put data into files, and bring them with workdir or file_mounts",
  });
}

function notUnderstood(cid: string, method: string): StixError {
  return new StixError({
    code: "agent-refused",
    message: `the agent's answer to '${method}' is not understood`,
    hint: "stop and start the cluster, so that its agent is of this version",
    details: { cid },
  });
}

const codes = {
  "bad-request": "agent-refused",
  "job-not-found": "job-not-found",
  conflict: "agent-refused",
  fenced: "agent-refused",
  unsupported: "not-supported",
  "not-ready": "agent-unreachable",
  "disk-full": "disk-full",
  internal: "agent-refused",
} as const satisfies Record<RpcError["code"], ErrorCode>;

function refused(method: string, error: RpcError, clusterName: string): StixError {
  return new StixError({
    code: codes[error.code],
    message: error.message,
    hint: error.hint === "" ? `stix queue ${clusterName}` : error.hint,
    details: { method, refusal: error.code, lost: error.lost === true },
  });
}
