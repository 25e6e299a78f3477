// The head's real line to the controller, its real outbox and the controller's real desks, in a virtual world: the hub is
// restarted and loses, doubles and delays; heads and controllers are killed and frozen, and an older one may speak again.
// Every event of a head arrives once and in order; an older run is fenced; no controller commands after a newer one.
import type { AgentRecord, AgentRecords, BatchOutcome, EventBatch } from "#controller/ports/agent-records.ts";
import { serveHeads, type IngestNeeds } from "#controller/adapters/nats/ingest.ts";
import type { Link } from "#controller/adapters/nats/link.ts";
import type { ClusterEvent, EventRow } from "#shared/wire/events.ts";
import { decodeMessage, encodeMessage } from "#shared/wire/json.ts";
import { inboxPrefix } from "#shared/wire/subjects.ts";
import { createIdentity } from "#skylet/head/identity.ts";
import { createHubLink, type HubLink } from "#skylet/hub/hub-link.ts";
import { createOutbox, type Outbox } from "#skylet/hub/outbox.ts";
import type { MetaKey } from "#skylet/store/store.ts";
import { z } from "zod";
import { createVirtualBus } from "./virtual-bus.ts";
import { virtualTime } from "./virtual-time.ts";
import { createWorld } from "./virtual-world.ts";

const CID = "c-1";
const FAULTS_UNTIL_MS = 40_000;
const QUIET_UNTIL_MS = 80_000;
const commandSchema = z.object({ epoch: z.number() });

export interface HubSimResult {
  readonly seed: number;
  readonly broken: string | null;
  readonly delivered: number;
  /** What happened at all: worlds in which nothing goes wrong prove nothing. */
  readonly seen: ReadonlySet<"fenced" | "refused-command" | "repeated" | "numbered-anew">;
}

/** A head's database: what survives its agent. */
interface Disk {
  readonly id: string;
  /** Written when its machine was made. */
  readonly token: string;
  readonly meta: Map<MetaKey, string>;
  readonly events: EventRow[];
}

export async function simulateHub(seed: number): Promise<HubSimResult> {
  const world = createWorld(seed);
  let faults = true;
  const wild = { loss: world.chance() * 0.4, double: world.chance() * 0.4 };
  let frozen = new Map<string, number>();
  const bus = createVirtualBus(world, {
    loss: () => (faults ? wild.loss : 0),
    double: () => (faults ? wild.double : 0),
    delayMs: world.pick(1, 1_500),
    isCut: () => false,
    frozenUntil: (client) => frozen.get(client) ?? 0,
  });
  const seen = new Set<"fenced" | "refused-command" | "repeated" | "numbered-anew">();
  let broken: string | null = null;
  const fail = (sentence: string) => void (broken ??= `${world.now()}: ${sentence}`);

  // The controller's database, and its desks.
  let record: AgentRecord = {
    cid: CID,
    clusterName: "c",
    busPort: 1,
    bootGeneration: 1,
    credentialsExpireAt: Number.MAX_SAFE_INTEGER,
    revokedAt: null,
    incarnation: null,
  };
  const stored: { readonly inc: number; readonly seq: number; readonly body: unknown }[] = [];
  const acceptedRuns = new Map<number, number>();
  let epochs = 0;
  let controllerAlive = { is: true };

  function applyOne(batch: EventBatch): BatchOutcome {
    const known = record.incarnation;
    if (known === null || known.inc < batch.inc) return { ok: false, error: "register-first" };
    if (batch.inc < known.inc || batch.run < known.run) {
      seen.add("fenced");
      return { ok: false, error: "fenced" };
    }
    let { acked } = known;
    for (const row of batch.rows) {
      if (row.seq <= acked) seen.add("repeated");
      if (row.seq !== acked + 1) continue;
      acked = row.seq;
      stored.push({ inc: batch.inc, seq: row.seq, body: row.body });
    }
    record = { ...record, incarnation: { ...known, acked } };
    return { ok: true, acked };
  }

  const records: Pick<AgentRecords, "find" | "saveIncarnation" | "applyEvents" | "setCredentialsExpiry"> = {
    find: () => Promise.resolve(record),
    setCredentialsExpiry: () => Promise.resolve(),
    saveIncarnation: (_cid, incarnation) => {
      const highest = acceptedRuns.get(incarnation.inc) ?? 0;
      if (incarnation.run < highest) fail(`run ${incarnation.run} registers after run ${highest}`);
      acceptedRuns.set(incarnation.inc, incarnation.run);
      if (record.incarnation !== null && incarnation.inc !== record.incarnation.inc) seen.add("numbered-anew");
      const bootGeneration = record.bootGeneration + (record.incarnation?.dbId === incarnation.dbId ? 0 : 1);
      record = { ...record, bootGeneration, incarnation };
      return Promise.resolve();
    },
    applyEvents: (batches) => Promise.resolve(batches.map(applyOne)),
  };

  async function startController(): Promise<void> {
    const alive = { is: true };
    controllerAlive = alive;
    const epoch = ++epochs;
    const time = virtualTime(world, () => alive.is);
    const line = await bus.open(`ctl-${epoch}`, { onConnected: () => {}, onDisconnected: () => {} }, () => alive.is);
    const link: Pick<Link, "subscribe"> = {
      subscribe: (subject, receive) =>
        line.respond(
          subject,
          (of, data) =>
            new Promise((resolve) =>
              receive({
                subject: of,
                data,
                reply: `${inboxPrefix.cluster(CID)}.1`,
                respond: (text) => resolve(new TextEncoder().encode(text)),
              }),
            ),
        ),
    };
    const needs: Partial<IngestNeeds> = {
      records: records as AgentRecords,
      epoch,
      time,
      now: world.now,
      applied: () => {},
      log: () => {},
      keys: { bootToken: (_cid: string, generation: number) => `token-${generation}` } as IngestNeeds["keys"],
      presence: { registered: () => {}, refused: () => {}, beat: () => {} } as unknown as IngestNeeds["presence"],
    };
    serveHeads(link as Link, needs as IngestNeeds);
    // It commands now and then; one that was replaced may not know that it was.
    time.every(
      700,
      () => void line.request(`stix.v1.dn.${CID}.rpc.drain`, encodeMessage({ epoch }), 500).catch(() => {}),
    );
  }

  // Heads.
  let disk: Disk = { id: "db-1", token: "token-1", meta: new Map(), events: [] };
  let head: { readonly alive: { is: boolean }; readonly outbox: Outbox; readonly link: HubLink } | null = null;
  let heads = 0;

  function startHead(): void {
    const own = { is: true };
    const name = `head-${++heads}`;
    const mine = disk;
    const run = Number(mine.meta.get("run") ?? 0) + 1;
    mine.meta.set("run", String(run));
    const time = virtualTime(
      world,
      () => own.is,
      () => frozen.get(name) ?? 0,
    );
    let highest = Number(mine.meta.get("epoch") ?? 0);
    const store = { meta: (key: MetaKey) => mine.meta.get(key) ?? null };
    const identity = createIdentity(store, run, (facts) => {
      for (const [key, value] of Object.entries(facts)) mine.meta.set(key as MetaKey, value);
    });
    const end = () => {
      seen.add("fenced");
      if (run >= Number(mine.meta.get("run")) && mine === disk) fail(`the newest head (run ${run}) is fenced`);
      own.is = false;
    };
    const outbox = createOutbox({
      store: {
        ...store,
        eventsAfter: (seq, limit) => mine.events.filter(([at]) => at > seq).slice(0, limit),
        eventRange: () => ({ first: mine.events[0]?.[0] ?? 0, last: mine.events.at(-1)?.[0] ?? 0 }),
        pruneEvents: () => {},
      },
      clock: { now: world.now },
      steady: time,
      log: () => {},
      cid: CID,
      run,
      request: (subject, data, ms) => link.request(subject, data, ms),
      onRegisterFirst: () => link.register(),
      onFenced: end,
    });
    const link: HubLink = createHubLink({
      cid: CID,
      nid: "n0",
      steady: time,
      log: () => {},
      readEndpoints: () => ({ gen: Math.floor(Math.min(world.now(), FAULTS_UNTIL_MS) / 15_000), list: ["hub"] }),
      openLine: (_endpoints, events) => bus.open(name, events, () => own.is),
      keepCredentials: () => {},
      answer: (_method, data) => {
        const { epoch } = decodeMessage(commandSchema, data);
        const isAccepted = identity.acceptEpoch(epoch);
        if (isAccepted && epoch < highest) fail(`a command of epoch ${epoch} is obeyed after one of ${highest}`);
        if (!isAccepted) seen.add("refused-command");
        if (isAccepted) highest = Math.max(highest, epoch);
        return Promise.resolve(encodeMessage({ ok: isAccepted }));
      },
      registration: () => ({
        v: 1,
        proto: [1, 1],
        version: "0",
        cid: CID,
        dbId: mine.id,
        inc: identity.inc(),
        run,
        bootId: "b",
        instanceId: "i",
        token: mine.token,
        nodes: ["n0"],
        ev: { first: 0, last: 0 },
      }),
      onRegistered: (reply) => {
        identity.numbered(reply.inc);
        identity.acceptEpoch(reply.epoch);
        highest = Math.max(highest, reply.epoch);
        outbox.registered(reply);
      },
      onFenced: end,
      heartbeat: (n) => ({
        v: 1,
        inc: identity.inc() ?? 0,
        run,
        n,
        ts: world.now(),
        load: 0,
        memUsed: 0,
        jobs: [],
        idleSeconds: 0,
        evLast: 0,
        evAcked: outbox.acked(),
      }),
    });
    head = { alive: own, outbox, link };
    time.every(world.pick(50, 800), () => {
      if (world.now() > FAULTS_UNTIL_MS || mine !== disk || head?.alive !== own) return;
      const event: ClusterEvent = { type: "node-up", nid: `n${mine.events.length}` };
      mine.events.push([mine.events.length + 1, world.now(), event]);
      outbox.wake();
    });
  }

  function breakThings(): void {
    const some = (most: number, work: () => void) => {
      for (let count = world.pick(0, most); count > 0; count--) world.after(world.pick(0, FAULTS_UNTIL_MS), work);
    };
    some(4, () => bus.restart(world.pick(50, 6_000)));
    some(3, () => {
      // Killed, or only frozen: then it speaks again beside its successor.
      if (head !== null && world.chance() < 0.5) head.alive.is = false;
      else frozen.set(`head-${heads}`, world.now() + world.pick(500, 10_000));
      startHead();
    });
    some(1, () => {
      // Before, the controller would give out the same token again.
      if (head === null || record.incarnation?.dbId !== disk.id) return;
      head.alive.is = false;
      const token = `token-${record.bootGeneration}`;
      disk = { id: `db-${world.pick(2, 1_000_000)}`, token, meta: new Map(), events: [] };
      startHead();
    });
    some(3, () => {
      if (world.chance() < 0.5) controllerAlive.is = false;
      else frozen.set(`ctl-${epochs}`, world.now() + world.pick(500, 8_000));
      void startController();
    });
    world.after(FAULTS_UNTIL_MS, () => {
      faults = false;
      frozen = new Map();
    });
  }

  void startController();
  startHead();
  breakThings();
  await world.run(QUIET_UNTIL_MS);

  for (const inc of new Set(stored.map((row) => row.inc))) {
    const rows = stored.filter((row) => row.inc === inc);
    for (const [index, row] of rows.entries())
      if (row.seq !== index + 1) fail(`event ${row.seq} of incarnation ${inc} comes at place ${index + 1}`);
  }
  const last = stored.filter((row) => row.inc === record.incarnation?.inc);
  if (record.incarnation?.dbId !== disk.id) fail("the newest database is not the one that the controller knows");
  if (last.length !== disk.events.length) fail(`${last.length} of ${disk.events.length} events arrived`);
  for (const [index, [, , event]] of disk.events.entries())
    if (JSON.stringify(last[index]?.body) !== JSON.stringify(event)) fail(`event ${index + 1} arrived as another`);
  return { seed, broken, delivered: stored.length, seen };
}
