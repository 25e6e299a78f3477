// The head's real queue against virtual nodes, a virtual bus that loses, doubles and delays, and crashes anywhere.
// After every step the rules of the house are checked; the first broken one ends the run with its sentence.
import { isJobTerminal, type JobState } from "#shared/lifecycle/job.ts";
import { gangMessageSchema, type HeadIdentity } from "#shared/wire/bus.ts";
import { decodeMessage } from "#shared/wire/json.ts";
import type { JobSpec } from "#shared/wire/rpc.ts";
import type { Fact } from "#skylet/queue/decide.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import { createWorkers, type Workers } from "#skylet/head/workers.ts";
import { createWorker, type Worker } from "#skylet/worker/create-worker.ts";
import { createRunQueue, type RunQueue } from "#skylet/queue/run-queue.ts";
import { UNITS } from "#skylet/queue/state.ts";
import type { JobRow } from "#skylet/store/store.ts";
import { createVirtualNode, type VirtualNode, type VirtualProcess } from "./virtual-node.ts";
import { createVirtualBus } from "./virtual-bus.ts";
import { virtualTime } from "./virtual-time.ts";
import { createVirtualStore, type VirtualStore } from "./virtual-store.ts";
import { createWorld, type VirtualWorld } from "./virtual-world.ts";

const FAULTS_UNTIL_MS = 40_000;
const QUIET_UNTIL_MS = 160_000;
const LOST_AFTER_MS = 30_000;

/** How bad this seed's world is: drawn anew for each, so that quiet and wild corners are both visited. */
interface Weather {
  readonly nodes: number;
  readonly devices: number;
  readonly cpus: number;
  readonly jobs: number;
  readonly loss: number;
  readonly double: number;
  readonly delayMs: number;
  readonly headCrashes: number;
  /** Of those, the share in which the head's machine restarts. */
  readonly headReboots: number;
  readonly crashAtApply: number;
  readonly fullDisk: number;
  readonly workerCrashes: number;
  readonly reboots: number;
  readonly cuts: number;
  readonly freezes: number;
  readonly busRestarts: number;
  readonly crashBeforeFork: number;
}

interface Head {
  readonly queue: RunQueue;
  readonly identity: HeadIdentity;
  alive: boolean;
}

/** One life of a worker's agent. */
interface Agent {
  readonly worker: Worker;
  alive: boolean;
}

export interface SimResult {
  readonly seed: number;
  readonly broken: string | null;
  readonly trace: readonly string[];
  readonly ended: Readonly<Record<string, number>>;
}

class BrokenRule extends Error {}

function drawWeather(world: VirtualWorld): Weather {
  const often = (likely: number, value: () => number) => (world.chance() < likely ? value() : 0);
  return {
    nodes: world.pick(1, 4),
    devices: world.pick(0, 3),
    cpus: world.pick(1, 2),
    jobs: world.pick(4, 14),
    loss: often(0.6, () => world.chance() * 0.3),
    double: often(0.5, () => world.chance() * 0.3),
    delayMs: world.pick(1, 400),
    headCrashes: often(0.6, () => world.pick(1, 8)),
    headReboots: often(0.2, () => world.chance() * 0.5),
    crashAtApply: often(0.5, () => world.chance() * 0.15),
    fullDisk: often(0.3, () => world.chance() * 0.2),
    workerCrashes: often(0.6, () => world.pick(1, 8)),
    reboots: often(0.3, () => world.pick(1, 2)),
    cuts: often(0.4, () => world.pick(1, 2)),
    freezes: often(0.4, () => world.pick(1, 3)),
    busRestarts: often(0.4, () => world.pick(1, 3)),
    crashBeforeFork: often(0.4, () => world.chance() * 0.1),
  };
}

/** Runs one world to its rest. */
export async function simulateSkylet(seed: number): Promise<SimResult> {
  const world = createWorld(seed);
  const weather = drawWeather(world);
  world.note(`weather ${JSON.stringify(weather)}`);
  const sim = createSim(world, weather);
  let broken: string | null = null;
  try {
    sim.begin();
    await world.run(QUIET_UNTIL_MS);
    sim.checkRest();
  } catch (error) {
    if (!(error instanceof BrokenRule)) throw error;
    broken = error.message;
  }
  const ended: Record<string, number> = {};
  for (const row of sim.store.rows.values()) ended[row.state] = (ended[row.state] ?? 0) + 1;
  return { seed, broken, trace: world.trace, ended };
}

function createSim(world: VirtualWorld, weather: Weather) {
  const nids = Array.from({ length: weather.nodes }, (_, index) => `n${index}`);
  const starts = new Map<string, number>();
  const finals = new Map<number, JobState>();
  const demands = new Map<number, JobSpec>();
  const cut = new Set<string>();
  const frozenUntil = new Map<string, number>();
  const agents = new Map<string, Agent>();
  /** What each worker has on its disk: the highest head that it obeyed. */
  const knownHeads = new Map<string, HeadIdentity>();
  const bus = createVirtualBus(world, {
    loss: () => (faults ? weather.loss : 0),
    double: () => weather.double,
    delayMs: weather.delayMs,
    isCut: (nid) => cut.has(nid),
    frozenUntil: (nid) => frozenUntil.get(nid) ?? 0,
  });
  let head: Head | null = null;
  let headRuns = 0;
  /** What is thrown inside an agent may stay there. */
  let broken: string | null = null;
  let faults = true;
  let headRebooted = false;

  const nodes = new Map<string, VirtualNode>(
    nids.map((nid) => [
      nid,
      createVirtualNode({
        nid,
        world,
        script,
        onStart,
        tellExit: (launch, code) => tellExit(nid, launch, code),
        crashBeforeFork: weather.crashBeforeFork,
      }),
    ]),
  );
  const store: VirtualStore = createVirtualStore(checkTransaction);

  function fail(sentence: string): never {
    world.note(`BROKEN ${sentence}`);
    broken ??= sentence;
    throw new BrokenRule(sentence);
  }

  function script(): { ms: number; exitCode: number } {
    return { ms: world.pick(0, 3_000), exitCode: world.chance() < 0.1 ? world.pick(1, 140) : 0 };
  }

  function onStart(launch: VirtualProcess): void {
    const name = `${launch.jid}/${launch.attempt}/${launch.phase}/${launch.index}`;
    world.note(`start ${name}`);
    const count = (starts.get(name) ?? 0) + 1;
    starts.set(name, count);
    if (count > 1) fail(`${name} was started twice`);
    checkRoom();
  }

  /** What is being worked on was ordered by the highest head that its node has obeyed. */
  function checkHead(): void {
    const delivery = bus.delivering();
    if (delivery === null) return;
    const { head: by } = decodeMessage(gangMessageSchema, delivery.data);
    const known = knownHeads.get(delivery.to)?.run ?? 0;
    if (by.run < known) fail(`${delivery.to} obeys head ${by.run} after head ${known}`);
  }

  /** Processes that run now never use more of a node than it has. */
  function checkRoom(): void {
    for (const node of nodes.values()) {
      const ranks = [...node.processes].filter((process) => process.phase === "run");
      let cpus = 0;
      const devices = new Map<number, number>();
      for (const { jid, devices: own } of ranks) {
        const spec = demands.get(jid);
        cpus += spec?.cpus ?? 0;
        let left = spec?.accelerator?.count ?? 0;
        for (const device of own) {
          const share = Math.min(1, left);
          left -= share;
          devices.set(device, (devices.get(device) ?? 0) + share);
        }
      }
      if (cpus > weather.cpus + 1e-9) fail(`${node.nid} runs ${cpus} CPUs of ${weather.cpus}`);
      for (const [device, share] of devices)
        if (share > 1 + 1e-9) fail(`device ${device} of ${node.nid} is given away ${share} times`);
    }
  }

  function checkTransaction(rows: ReadonlyMap<number, JobRow>, changed: readonly JobRow[]): void {
    if (head === null || !head.alive) throw new Error("a dead head writes nothing");
    if (faults && world.chance() < weather.fullDisk) {
      world.note("disk full");
      throw new Error("disk is full");
    }
    const after = new Map(rows);
    for (const row of changed) after.set(row.jid, row);
    for (const row of changed) checkRow(rows.get(row.jid), row, after);
    if (faults && world.chance() < weather.crashAtApply) {
      // The transaction is on the disk; nothing that follows from it is done by this head.
      world.note("head dies after writing");
      crashHead();
    }
  }

  function checkRow(before: JobRow | undefined, row: JobRow, after: ReadonlyMap<number, JobRow>): void {
    world.note(`job ${row.jid} ${row.stage} ${row.state} attempt ${row.attempt}`);
    const final = finals.get(row.jid);
    if (final !== undefined && final !== row.state) fail(`job ${row.jid} was ${final} and became ${row.state}`);
    if (before !== undefined && row.attempt < before.attempt)
      fail(`job ${row.jid} went back to attempt ${row.attempt}`);
    const wasWaiting = before === undefined || before.stage === "queued";
    if (wasWaiting && row.stage !== "queued" && row.attempt > (before?.attempt ?? 0)) {
      for (const other of after.values()) {
        if (other.jid < row.jid && other.stage === "queued") fail(`job ${row.jid} overtook job ${other.jid}`);
      }
    }
    if (!isJobTerminal(row.state) || final !== undefined) return;
    finals.set(row.jid, row.state);
    const living = processesOf(row.jid);
    if (row.state === "CANCELLED" && living.length > 0)
      fail(`job ${row.jid} is CANCELLED while ${living.length} of its processes live`);
    if (row.state === "SUCCEEDED" && living.some((process) => process.phase === "run"))
      fail(`job ${row.jid} is SUCCEEDED while a rank runs`);
  }

  function processesOf(jid: number): VirtualProcess[] {
    return [...nodes.values()].flatMap((node) => [...node.processes].filter((process) => process.jid === jid));
  }

  function startHead(): void {
    if (head?.alive === true) return;
    world.note("head starts");
    nodes.get("n0")?.startAgent();
    const identity = { inc: 1, run: ++headRuns };
    const time = virtualTime(world, () => own.alive);
    const own: Head = {
      alive: true,
      identity,
      queue: createRunQueue({
        hasRoom: () => true,
        store,
        nids,
        clock: { now: world.now },
        timers: time,
        log: () => {},
        bootId: "boot",
        perNode: { cpus: weather.cpus, deviceCount: weather.devices },
        orderFacts: { clusterInfo: "{}", nodes: nids.map((nid) => ({ nid, ip: nid })) },
        ask: (targets, ask) => askEach(own, workers, targets, ask),
        onWritten: () => {},
        onFenced: () => own.alive && fail("the only head is told that there is a newer one"),
        onJobStarted: () => {},
      }),
    };
    head = own;
    const workers = createWorkers({
      nodes: nids.slice(1).map((nid) => ({ nid, ip: nid, instanceId: nid })),
      steady: time,
      log: () => {},
      identity: () => identity,
      lostMs: LOST_AFTER_MS,
      post: (fact) => {
        if (fact.f !== "exited") world.note(JSON.stringify(fact));
        post(own, fact);
      },
      boots: JSON.parse(store.meta("node_boots") ?? "{}") as Record<string, string>,
      keepBoots: (boots) => own.queue.record({ node_boots: JSON.stringify(boots) }),
      openLine: (events) => bus.open("n0", events, () => own.alive),
    });
    own.queue.begin(headRebooted, () => {
      if (own.alive) headRebooted = false;
    });
  }

  /** The head's own node answers at once and is never lost; it dies with the head. */
  function askEach(from: Head, workers: Workers, targets: readonly string[], ask: NodeAsk) {
    const others = targets.filter((nid) => nid !== "n0");
    const answers = new Map<string, NodeAnswer | Promise<NodeAnswer | null>>(
      from.alive ? workers.ask(others, ask) : others.map((nid) => [nid, Promise.resolve(null)]),
    );
    if (!targets.includes("n0")) return answers;
    const answer = from.alive ? (nodes.get("n0")?.answer(ask) ?? null) : null;
    if (answer === null && from.alive) crashHead();
    return answers.set("n0", answer ?? Promise.resolve(null));
  }

  function crashHead(): void {
    if (head === null || !head.alive) return;
    head.alive = false;
    head.queue.stop();
    nodes.get("n0")?.crashAgent();
    if (faults && world.chance() < weather.headReboots) {
      world.note("head's machine restarts");
      nodes.get("n0")?.reboot();
      headRebooted = true;
    }
    world.after(world.pick(0, 2_000), startHead);
  }

  function post(to: Head, fact: Exclude<Fact, { f: "submit" }>): void {
    if (to.alive) to.queue.post(fact);
  }

  function startWorker(nid: string): void {
    const node = nodes.get(nid);
    if (node === undefined || agents.get(nid)?.alive === true) return;
    node.startAgent();
    world.note(`agent ${nid} starts`);
    const isAlive = () => own.alive && node.agentAlive();
    const own: Agent = {
      alive: true,
      worker: createWorker({
        registration: {
          v: 1,
          proto: [1, 1],
          version: "0",
          nid,
          instanceId: nid,
          bootId: node.bootId(),
          run: agents.size,
        },
        steady: virtualTime(world, isAlive, () => frozenUntil.get(nid) ?? 0),
        log: () => {},
        jobs: { ...node.jobs, start: (order) => (checkHead(), node.jobs.start(order)) },
        logs: {
          read: () => Promise.reject(new Error("nobody reads")),
          stat: () => ({ size: 0, tailOff: 0, final: false }),
        },
        usage: () => Promise.reject(new Error("nobody asks")),
        knownHead: knownHeads.get(nid) ?? { inc: 0, run: 0 },
        keepHead: (known) => void knownHeads.set(nid, known),
        openLine: (events) => bus.open(nid, events, isAlive),
        onEnd: () => Promise.reject(new Error("no node ends in this world")),
      }),
    };
    agents.set(nid, own);
    void own.worker.join();
  }

  function crashWorker(nid: string): void {
    const agent = agents.get(nid);
    if (agent !== undefined) agent.alive = false;
    nodes.get(nid)?.crashAgent();
    world.after(world.pick(100, 3_000), () => startWorker(nid));
  }

  /** A node that died between record and fork. */
  function restartTheDead(): void {
    world.after(500, restartTheDead);
    for (const nid of nids.slice(1))
      if (nodes.get(nid)?.agentAlive() === false && agents.get(nid)?.alive === true) crashWorker(nid);
  }

  function tellExit(nid: string, { jid, attempt, phase, index }: VirtualProcess, exitCode: number): void {
    const key = { jid, attempt, phase, index };
    if (nid !== "n0") return agents.get(nid)?.worker.exited(key, exitCode);
    if (head !== null) post(head, { f: "exited", ...key, exitCode });
  }

  function submitJobs(): void {
    for (let number = 0; number < weather.jobs; number++) {
      const spec = drawSpec(number);
      const copies = world.chance() < 0.2 ? world.pick(2, 5) : 1;
      const send = () => {
        const current = head;
        if (current === null || !current.alive) return void world.after(500, send);
        let answered = false;
        current.queue.submit({ idem: `job-${number}`, specHash: "h", spec, copies }).then(
          (jids) => {
            answered = true;
            for (const jid of jids) demands.set(jid, spec);
          },
          () => world.after(700, send),
        );
        // A request whose answer is lost is made again, with the same key.
        world.after(1_500, () => answered || current.alive || send());
        if (world.chance() < weather.double)
          void current.queue.submit({ idem: `job-${number}`, specHash: "h", spec, copies }).catch(() => {});
      };
      world.after(world.pick(0, 15_000), send);
    }
  }

  function drawSpec(number: number): JobSpec {
    const count =
      world.chance() < 0.5 ? world.pick(1, Math.max(1, weather.devices)) : ([0.25, 0.5, 0.75][world.pick(0, 2)] ?? 0.5);
    const accelerator =
      weather.devices > 0 && world.chance() < 0.6 ? { name: "V100", count: Math.min(count, weather.devices) } : null;
    return {
      name: `job-${number}`,
      user: "me",
      userHash: "x",
      numNodes: world.pick(1, weather.nodes),
      cpus: 0.5,
      accelerator,
      setup: world.chance() < 0.3 ? "setup" : null,
      run: world.chance() < 0.9 ? "run" : null,
      envs: {},
      secrets: {},
      resourcesText: "",
      taskIdPrefix: "t",
      runTimestamp: "r",
      metadata: {},
    };
  }

  function breakThings(): void {
    for (let count = 0; count < weather.headCrashes; count++)
      world.after(world.pick(0, FAULTS_UNTIL_MS), () => (world.note("head killed"), crashHead()));
    const workers = nids.slice(1);
    const someWorker = () => workers[world.pick(0, workers.length - 1)];
    for (let count = 0; workers.length > 0 && count < weather.workerCrashes; count++) {
      world.after(world.pick(0, FAULTS_UNTIL_MS), () => {
        const nid = someWorker() ?? "";
        world.note(`agent ${nid} killed`);
        crashWorker(nid);
      });
    }
    for (let count = 0; workers.length > 0 && count < weather.reboots; count++) {
      world.after(world.pick(0, FAULTS_UNTIL_MS), () => {
        const nid = someWorker() ?? "";
        world.note(`node ${nid} restarted`);
        nodes.get(nid)?.reboot();
        crashWorker(nid);
      });
    }
    for (let count = 0; workers.length > 0 && count < weather.cuts; count++) {
      world.after(world.pick(0, FAULTS_UNTIL_MS), () => {
        const nid = someWorker() ?? "";
        world.note(`node ${nid} cut off`);
        cut.add(nid);
        world.after(world.pick(1_000, 60_000), () => {
          cut.delete(nid);
          world.note(`node ${nid} back`);
        });
      });
    }
    for (let count = 0; workers.length > 0 && count < weather.freezes; count++) {
      world.after(world.pick(0, FAULTS_UNTIL_MS), () => {
        const nid = someWorker() ?? "";
        const ms = world.pick(500, 50_000);
        world.note(`agent ${nid} frozen for ${ms}`);
        frozenUntil.set(nid, world.now() + ms);
      });
    }
    for (let count = 0; count < weather.busRestarts; count++) {
      world.after(world.pick(0, FAULTS_UNTIL_MS), () => {
        world.note("bus restarts");
        bus.restart(world.pick(50, 8_000));
      });
    }
    for (let count = world.pick(0, 5); count > 0; count--) {
      world.after(world.pick(500, FAULTS_UNTIL_MS), () => {
        const jids = [...store.rows.keys()];
        const jid = jids[world.pick(0, Math.max(0, jids.length - 1))];
        if (jid === undefined || head === null) return;
        const f = world.pick(0, 3) === 0 ? "stop" : "cancel";
        world.note(`${f} ${jid}`);
        post(head, { f, jid, graceMs: 0 });
      });
    }
    world.after(FAULTS_UNTIL_MS, () => {
      faults = false;
      world.note("faults end");
    });
  }

  function tick(): void {
    world.after(500, tick);
    if (head !== null) post(head, { f: "tick" });
  }

  return {
    store,
    begin: (): void => {
      startHead();
      for (const nid of nids.slice(1)) startWorker(nid);
      restartTheDead();
      submitJobs();
      breakThings();
      tick();
    },
    checkRest: (): void => {
      if (broken !== null) throw new BrokenRule(broken);
      for (const row of store.rows.values()) {
        if (!isJobTerminal(row.state)) fail(`job ${row.jid} is still ${row.state} (${row.stage}): ${row.reason}`);
        if (row.stage !== "final") fail(`job ${row.jid} is ${row.state} but still ${row.stage}`);
        if (processesOf(row.jid).length > 0) fail(`job ${row.jid} is ${row.state} and still has processes`);
      }
      const state = head?.queue.state();
      for (const node of state?.nodes.values() ?? [])
        if (node.state !== "UP" || !node.joined) fail(`${node.nid} is ${node.state} at rest`);
      for (const node of state?.nodes.values() ?? []) {
        if (node.freeCpuUnits !== weather.cpus * UNITS)
          fail(`${node.nid} has ${node.freeCpuUnits} units of CPU free at rest`);
        if (node.freeDeviceUnits.some((units) => units !== UNITS)) fail(`${node.nid} has devices taken at rest`);
      }
      const byJob = new Map<number, string[]>();
      for (const event of store.events)
        if (event.type === "job-state") byJob.set(event.jid, [...(byJob.get(event.jid) ?? []), event.state]);
      for (const [jid, states] of byJob) {
        const last = states.at(-1);
        if (last !== store.rows.get(jid)?.state)
          fail(`job ${jid} was told to be ${last} but is ${store.rows.get(jid)?.state}`);
        if (states.filter((state) => isJobTerminal(state as JobState)).length !== 1)
          fail(`job ${jid} was told to have ended ${states.join(", ")}`);
      }
    },
  };
}
