// Heads of clusters in memory: jobs once for each key, output that is there to be read, and doors that can be shut.
import type { Agents } from "#controller/ports/agents.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { JobRecord, JobSpec, RpcMethod, RpcParams } from "#shared/wire/rpc.ts";
import type { TwinCloud } from "./twin-provider.ts";

export interface TwinHead {
  readonly jobs: JobRecord[];
  readonly idems: Map<string, { readonly hash: string; readonly jid: number }>;
  readonly specs: Map<number, JobSpec>;
  /** By "<jid>/<attempt>/<stream>/<rank>". */
  readonly output: Map<string, { bytes: Uint8Array; eof: boolean }>;
  autostop: RpcParams<"autostop.set">["autostop"] | null;
}

export interface TwinAgents {
  readonly agents: Agents;
  readonly revoked: Set<string>;
  readonly adopted: Set<string>;
  head(cid: string): TwinHead;
  /** Changes a job and wakes those who wait. */
  change(cid: string, jid: number, change: Partial<JobRecord>): void;
  write(cid: string, key: string, text: string | Uint8Array, eof?: boolean): void;
  /** While true no call gets through. */
  isAway: boolean;
}

export function twinAgents(cloud: TwinCloud, now: () => number): TwinAgents {
  const heads = new Map<string, TwinHead>();
  const revoked = new Set<string>();
  const adopted = new Set<string>();
  const waiting = new Set<() => void>();
  const wake = () => {
    const woken = [...waiting];
    waiting.clear();
    for (const each of woken) each();
  };

  function head(cid: string): TwinHead {
    const known = heads.get(cid) ?? { jobs: [], idems: new Map(), specs: new Map(), output: new Map(), autostop: null };
    heads.set(cid, known);
    return known;
  }

  function reach(cid: string): TwinHead {
    const isThere = cloud.agents.has(`${cid}/n0`) && !revoked.has(cid) && !twin.isAway;
    if (!isThere)
      throw new StixError({ code: "agent-unreachable", message: `the head of ${cid} does not answer`, hint: "wait" });
    return head(cid);
  }

  function submit(cid: string, params: Omit<RpcParams<"job.submit">, "epoch">): { jids: number[] } {
    const at = reach(cid);
    const known = at.idems.get(params.idem);
    if (known !== undefined) {
      if (known.hash !== params.specHash)
        throw new StixError({ code: "agent-refused", message: "the same key for another job", hint: "report this" });
      return { jids: [known.jid] };
    }
    const jid = at.jobs.length + 1;
    at.idems.set(params.idem, { hash: params.specHash, jid });
    at.specs.set(jid, params.spec);
    at.jobs.push({
      jid,
      name: params.spec.name,
      user: params.spec.user,
      userHash: params.spec.userHash,
      state: "PENDING",
      attempt: 0,
      numNodes: params.spec.numNodes,
      submittedAt: now(),
      startedAt: null,
      endedAt: null,
      resourcesText: params.spec.resourcesText,
      logFolder: `~/sky_logs/${jid}`,
      exitCodes: null,
      reason: null,
      ranks: [],
      metadata: {},
      hasSetup: params.spec.setup !== null,
    });
    return { jids: [jid] };
  }

  function answer(cid: string, method: RpcMethod, params: never): unknown {
    const at = reach(cid);
    switch (method) {
      case "job.submit":
        return submit(cid, params);
      case "job.get":
        return { jobs: at.jobs.filter((job) => (params as { jids: number[] }).jids.includes(job.jid)) };
      case "job.list":
        return {
          jobs: at.jobs.toReversed().slice(0, (params as { limit?: number }).limit ?? 1000),
          latest: at.jobs.length === 0 ? null : at.jobs.length,
        };
      case "job.cancel":
        return { cancelled: cancelled(at, params), pending: [] };
      case "autostop.set":
        at.autostop = (params as { autostop: TwinHead["autostop"] }).autostop;
        return {};
      case "drain":
        return { drained: true };
      case "ping":
        return { nid: "n0", version: "0", run: 1 };
      case "state":
        return { version: "0", nodes: [], autostop: null, autostopping: false, idleSinceAt: now(), jobCounts: {} };
      case "log.stat":
        return {
          size: at.output.get(streamKey(params))?.bytes.length ?? 0,
          eof: false,
          attempt: 1,
          tailOff: tailOf(at.output.get(streamKey(params))?.bytes, params),
        };
      default:
        throw new StixError({ code: "agent-refused", message: `the twin does not know ${method}`, hint: "teach it" });
    }
  }

  const agents: Agents = {
    async call(cid, method, params, options) {
      if (method === "job.wait") return (await waitForJob(cid, params as never, options.signal)) as never;
      return answer(cid, method, params as never) as never;
    },
    async readLog(cid, params, options) {
      const key = streamKey(params);
      const found = () => reach(cid).output.get(key) ?? { bytes: new Uint8Array(), eof: false };
      if (params.waitMs > 0 && found().bytes.length <= params.off && !found().eof) await changed(options.signal);
      const { bytes, eof } = found();
      const piece = bytes.slice(params.off, params.off + params.max);
      const job = head(cid).jobs.find((each) => each.jid === params.jid);
      const pid =
        params.stream === "run" && job?.attempt === params.attempt ? (job.ranks[params.rank]?.pid ?? null) : null;
      return {
        head: {
          pid,
          off: params.off,
          n: piece.length,
          size: bytes.length,
          gen: 0,
          attempt: params.attempt,
          eof: eof && params.off + piece.length === bytes.length,
        },
        bytes: piece,
      };
    },
    async waitForHead(cid, _nodeCount, signal) {
      while (!cloud.agents.has(`${cid}/n0`)) await changed(signal);
    },
    enroll: async () => ({
      endpoints: ["nats://127.0.0.1:1"],
      endpointsGen: 1,
      credentials: "",
      ca: null,
      bootToken: "t",
      busPort: 1,
      busKeys: {},
    }),
    adopt: async ({ cid }) => void adopted.add(cid),
    async revoke(cid) {
      revoked.add(cid);
    },
  };

  async function waitForJob(
    cid: string,
    { jid, seen }: RpcParams<"job.wait">,
    signal: AbortSignal | undefined,
  ): Promise<{ job: JobRecord | null }> {
    const job = () => reach(cid).jobs.find((each) => each.jid === jid) ?? null;
    const isSame = () => job()?.state === seen?.state && job()?.attempt === seen?.attempt;
    if (isSame()) await changed(signal);
    return { job: job() };
  }

  function changed(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.add(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (signal?.aborted === true) reject(signal.reason);
    });
  }

  const twin: TwinAgents = {
    agents,
    revoked,
    adopted,
    head,
    isAway: false,
    change(cid, jid, change) {
      const at = head(cid);
      const index = at.jobs.findIndex((job) => job.jid === jid);
      const job = at.jobs[index];
      if (job !== undefined) at.jobs[index] = { ...job, ...change };
      wake();
    },
    write(cid, key, text, eof = false) {
      const known = head(cid).output.get(key)?.bytes ?? new Uint8Array();
      head(cid).output.set(key, {
        bytes: Buffer.concat([known, typeof text === "string" ? new TextEncoder().encode(text) : text]),
        eof,
      });
      wake();
    },
  };
  return twin;
}

function streamKey({
  jid,
  attempt,
  stream,
  rank,
}: {
  readonly jid: number;
  readonly attempt: number;
  readonly stream: string;
  readonly rank: number;
}): string {
  return `${jid}/${attempt}/${stream}/${rank}`;
}

function tailOf(bytes: Uint8Array | undefined, { tailLines }: { readonly tailLines: number }): number {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return new TextEncoder().encode(
    lines
      .slice(0, Math.max(0, lines.length - 1 - tailLines))
      .map((line) => `${line}\n`)
      .join(""),
  ).length;
}

function cancelled(at: TwinHead, { jids }: { readonly jids: readonly number[] | "all" | null }): number[] {
  const found = at.jobs.filter(
    (job) => job.endedAt === null && (jids === "all" || jids === null || jids.includes(job.jid)),
  );
  for (const job of found) at.jobs[at.jobs.indexOf(job)] = { ...job, state: "CANCELLED", endedAt: 1 };
  return found.map((job) => job.jid);
}
