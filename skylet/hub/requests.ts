// Answers what the controller asks of a head: every method of the wire contract, parsed once, refused by name.
import type { Clock } from "#shared/clock.ts";
import { z } from "zod";
import { jobState, jobStates } from "#shared/lifecycle/job.ts";
import {
  requestPartsSchema,
  rpcMethods,
  type JobRecord,
  type RpcMethod,
  type RpcParams,
  type RpcResult,
} from "#shared/wire/rpc.ts";
import type { NodeConfig } from "#shared/wire/node-config.ts";
import { hasRoom } from "#shared/os/disk-room.ts";
import { version } from "#shared/version.ts";
import { isJobTerminal } from "#shared/lifecycle/job.ts";
import type { AgentConfig } from "../config.ts";
import { findJob, jobOfRow, jobRecord } from "../queue/job-record.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import type { Job } from "../queue/state.ts";
import type { Store } from "../store/store.ts";
import type { Autostop } from "../autostop/autostop.ts";
import { createPartsDesk } from "./parts-desk.ts";
import { RpcRefusal, rpcErrorOf } from "./rpc-errors.ts";
import type { HeadLogs } from "../logs/head-logs.ts";

const WAIT_MS_MAX = 5_000;

export interface HeadParts {
  readonly config: AgentConfig;
  readonly store: Store;
  readonly queue: RunQueue;
  readonly logs: HeadLogs;
  readonly autostop: Autostop;
  readonly run: number;
  /** Real time, for what callers are willing to wait. */
  readonly clock: Pick<Clock, "monotonic">;
  /** Of every node of the cluster. */
  readonly usage: () => Promise<RpcResult<"usage">["nodes"]>;
  readonly nodeLastSeenAt: (nid: string) => number | null;
  /** True when the epoch is at least the highest seen; a higher one is kept. */
  readonly acceptEpoch: (epoch: number) => boolean;
}

/** Takes a request's bytes and gives the reply's; never throws. */
export type RequestAnswerer = (method: string, data: Uint8Array) => Promise<Uint8Array>;

export function createRequestAnswerer(head: HeadParts): RequestAnswerer {
  const decoder = new TextDecoder();
  const desk = createPartsDesk();
  return async (method, data) => {
    try {
      const params: unknown = data.length === 0 ? {} : JSON.parse(decoder.decode(data));
      if (method === "log.read") return await head.logs.read(parse("log.read", params));
      if (method === "part") {
        desk.add(commanded(head, parse("part", params)));
        return encode({ ok: true, result: {} });
      }
      const inParts = requestPartsSchema.safeParse(params);
      if (!inParts.success) return encode({ ok: true, result: await answer(head, method, params) });
      const whole = desk.whole(inParts.data.parts);
      const result = await answer(head, method, JSON.parse(whole));
      desk.drop(inParts.data.parts.key);
      return encode({ ok: true, result });
    } catch (error) {
      return encode({ ok: false, error: rpcErrorOf(error) });
    }
  };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function parse<M extends RpcMethod>(method: M, params: unknown): z.output<(typeof rpcMethods)[M]["params"]> {
  const parsed = rpcMethods[method].params.safeParse(params);
  if (!parsed.success)
    throw new RpcRefusal("bad-request", `${method}: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  // zod cannot relate the member to its name; the table does.
  return parsed.data as z.output<(typeof rpcMethods)[M]["params"]>;
}

async function answer(head: HeadParts, method: string, params: unknown): Promise<unknown> {
  switch (method) {
    case "ping":
      return { nid: head.config.node.nid, version, run: head.run } satisfies RpcResult<"ping">;
    case "state":
      return clusterState(head);
    case "usage":
      return { nodes: await head.usage() } satisfies RpcResult<"usage">;
    case "job.submit":
      return submit(head, commanded(head, parse("job.submit", params)));
    case "job.cancel":
      return cancel(head, commanded(head, parse("job.cancel", params)));
    case "job.get":
      return {
        jobs: parse("job.get", params).jids.flatMap((jid) => recordOf(head, jid) ?? []),
      } satisfies RpcResult<"job.get">;
    case "job.list":
      return list(head, parse("job.list", params));
    case "job.wait":
      return wait(head, parse("job.wait", params));
    case "autostop.set":
      head.autostop.set(commanded(head, parse("autostop.set", params)).autostop);
      return {} satisfies RpcResult<"autostop.set">;
    case "drain":
      return drain(head, commanded(head, parse("drain", params)));
    case "log.stat":
      return head.logs.stat(parse("log.stat", params));
    default:
      throw new RpcRefusal(
        "unsupported",
        `this skylet (${version}) does not know '${method}'`,
        "update the cluster's skylet",
      );
  }
}

function commanded<T extends { readonly epoch: number }>(head: HeadParts, params: T): T {
  if (head.acceptEpoch(params.epoch)) return params;
  throw new RpcRefusal(
    "fenced",
    `a newer controller commands this cluster (epoch ${params.epoch} is old)`,
    "stop the older API server",
  );
}

function recordOf(head: HeadParts, jid: number): JobRecord | null {
  const job = jobOf(head, jid);
  return job === null ? null : jobRecord(job, head.queue.specOf);
}

function jobOf(head: HeadParts, jid: number): Job | null {
  return findJob(head.store, head.queue.specOf, head.queue.state().jobs, jid);
}

async function submit(
  head: HeadParts,
  params: z.output<(typeof rpcMethods)["job.submit"]["params"]>,
): Promise<RpcResult<"job.submit">> {
  const { idem, specHash, spec, copies } = params;
  if (head.store.submission(idem) === null) {
    if (head.queue.state().draining || head.autostop.isStopping()) {
      throw new RpcRefusal(
        "not-ready",
        "the cluster is about to stop and takes no new job",
        "wait until it has stopped, then start it",
      );
    }
    refuseWhatNeverFits(head.config.node, spec);
    if (!hasRoom(head.config.dir))
      throw new RpcRefusal(
        "disk-full",
        "the disk of the head is full",
        "free space on the head node, for instance with stix down of a cluster that is not needed",
      );
  }
  return { jids: await head.queue.submit({ idem, specHash, spec, copies }) };
}

/** A job that asks for more than the whole cluster would stand in the queue's way for ever. */
function refuseWhatNeverFits(node: NodeConfig, spec: RpcParams<"job.submit">["spec"]): void {
  const { resources, nodes } = node;
  if (spec.numNodes > nodes.length) {
    throw new RpcRefusal(
      "bad-request",
      `the job asks for ${spec.numNodes} nodes, the cluster has ${nodes.length}`,
      "ask for fewer nodes",
    );
  }
  if (spec.cpus > resources.cpus)
    throw new RpcRefusal("bad-request", `the job asks for ${spec.cpus} CPUs a node, the nodes have ${resources.cpus}`);
  const { accelerator } = spec;
  if (accelerator === null) return;
  const own = resources.accelerator;
  if (own === null || own.name.toLowerCase() !== accelerator.name.toLowerCase() || own.count < accelerator.count) {
    const has = own === null ? "no accelerators" : `${own.name}:${own.count}`;
    throw new RpcRefusal(
      "bad-request",
      `the job asks for ${accelerator.name}:${accelerator.count} a node, the nodes have ${has}`,
      "ask for what the cluster has",
    );
  }
}

async function cancel(
  head: HeadParts,
  params: z.output<(typeof rpcMethods)["job.cancel"]["params"]>,
): Promise<RpcResult<"job.cancel">> {
  const jids = jobsToCancel(head, params).filter((jid) => {
    const job = jobOf(head, jid);
    return job !== null && !isJobTerminal(job.state);
  });
  for (const jid of jids) head.queue.post({ f: "cancel", jid, graceMs: head.config.graceMs });
  await untilFinal(head, jids, params.waitMs);
  const ended = jids.map((jid) => ({ jid, state: jobOf(head, jid)?.state }));
  return {
    cancelled: ended.filter(({ state }) => state === jobState.CANCELLED).map(({ jid }) => jid),
    pending: ended.filter(({ state }) => state !== undefined && !isJobTerminal(state)).map(({ jid }) => jid),
  };
}

function jobsToCancel(
  head: HeadParts,
  params: { readonly jids: number[] | "all" | null; readonly userHash: string | null },
): number[] {
  const open = [...head.queue.state().jobs.values()]
    .filter((job) => !isJobTerminal(job.state))
    .filter((job) => params.userHash === null || job.demand.userHash === params.userHash);
  if (params.jids === "all") return open.map((job) => job.jid);
  if (params.jids !== null) return params.jids;
  const newest = open.filter((job) => job.state === jobState.RUNNING).at(-1);
  return newest === undefined ? [] : [newest.jid];
}

async function untilFinal(head: HeadParts, jids: readonly number[], waitMs: number): Promise<void> {
  const since = head.clock.monotonic();
  for (const jid of jids) {
    for (;;) {
      // The wish itself is taken in the next round of the queue.
      const left = waitMs - (head.clock.monotonic() - since);
      if (!isOpen(head, jid)) break;
      await head.queue.nextChange(jid, Math.max(0, left));
      if (left <= 0) break;
    }
  }
}

/** A job that is being buried has ended. */
function isOpen(head: HeadParts, jid: number): boolean {
  const job = head.queue.state().jobs.get(jid);
  return job !== undefined && !isJobTerminal(job.state);
}

function list(head: HeadParts, params: z.output<(typeof rpcMethods)["job.list"]["params"]>): RpcResult<"job.list"> {
  const { userHash, limit, skipFinished } = params;
  const rows = head.store.listJobs({ userHash, limit, openOnly: skipFinished });
  const last = head.store.lastJid();
  const living = head.queue.state().jobs;
  const jobs = rows.map((row) => jobRecord(living.get(row.jid) ?? jobOfRow(row, head.queue.specOf), head.queue.specOf));
  return { jobs, latest: last === 0 ? null : last };
}

async function wait(
  head: HeadParts,
  params: z.output<(typeof rpcMethods)["job.wait"]["params"]>,
): Promise<RpcResult<"job.wait">> {
  const { jid, seen } = params;
  const since = head.clock.monotonic();
  const waitMs = Math.min(params.waitMs, WAIT_MS_MAX);
  for (;;) {
    const job = jobOf(head, jid);
    if (job === null) return { job: null };
    const left = waitMs - (head.clock.monotonic() - since);
    const changed = seen === null || job.state !== seen.state || job.attempt !== seen.attempt;
    if (changed || isJobTerminal(job.state) || left <= 0) return { job: jobRecord(job, head.queue.specOf) };
    await head.queue.nextChange(jid, left);
  }
}

async function drain(head: HeadParts, params: { readonly waitMs: number }): Promise<RpcResult<"drain">> {
  head.queue.record({ draining: head.config.bootId });
  head.queue.post({ f: "drain" });
  const jids = [...head.queue.state().jobs.keys()];
  for (const jid of jids) head.queue.post({ f: "stop", jid, graceMs: head.config.graceMs });
  await untilFinal(head, jids, params.waitMs);
  return { drained: jids.every((jid) => !isOpen(head, jid)) };
}

function clusterState(head: HeadParts): RpcResult<"state"> {
  const nodes = [...head.queue.state().nodes.values()].map(({ nid, state }) => ({
    nid,
    state,
    lastSeenAt: head.nodeLastSeenAt(nid),
  }));
  return {
    version,
    nodes,
    autostop: head.autostop.current(),
    autostopping: head.autostop.isStopping(),
    idleSinceAt: head.autostop.idleSinceAt(),
    jobCounts: { ...Object.fromEntries(jobStates.map((state) => [state, 0])), ...head.store.countsByState() },
  };
}
