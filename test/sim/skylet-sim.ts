// The head's real queue against virtual nodes, a virtual bus that loses, doubles and delays, and crashes anywhere.
// After every step the rules of the house are checked; the first broken one ends the run with its sentence.
import { isJobTerminal, type JobState } from "#shared/lifecycle/job.ts";
import type { JobSpec } from "#shared/wire/rpc.ts";
import type { Fact } from "#skylet/queue/decide.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import { createRunQueue, type RunQueue } from "#skylet/queue/run-queue.ts";
import { UNITS } from "#skylet/queue/state.ts";
import type { JobRow } from "#skylet/store/store.ts";
import { createVirtualNode, type VirtualNode, type VirtualProcess } from "./virtual-node.ts";
import { virtualTime } from "./virtual-time.ts";
import { createVirtualStore, type VirtualStore } from "./virtual-store.ts";
import { createWorld, type VirtualWorld } from "./virtual-world.ts";

const FAULTS_UNTIL_MS = 40_000;
const QUIET_UNTIL_MS = 160_000;
const ASK_TIMEOUT_MS = 2_500;
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
  readonly crashBeforeFork: number;
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
  const lastSeen = new Map<string, number>();
  const told = new Set<string>();
  const rebooted = new Set<string>();
  let head: { queue: RunQueue; alive: boolean } | null = null;
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
    const own: { queue: RunQueue; alive: boolean } = {
      alive: true,
      queue: createRunQueue({
        hasRoom: () => true,
        store,
        nids,
        clock: { now: world.now },
        timers: virtualTime(world, () => own.alive),
        log: () => {},
        bootId: "boot",
        perNode: { cpus: weather.cpus, deviceCount: weather.devices },
        orderFacts: { clusterInfo: "{}", nodes: nids.map((nid) => ({ nid, ip: nid })) },
        ask: (targets, ask) =>
          new Map(targets.map((nid) => [nid, own.alive ? askNode(own, nid, ask) : Promise.resolve(null)])),
        onWritten: () => {},
        onFenced: () => {},
        onJobStarted: () => {},
      }),
    };
    head = own;
    own.queue.begin(headRebooted, () => {
      if (own.alive) headRebooted = false;
    });
    for (const nid of nids.slice(1))
      if (canTalk(nid)) post(own, { f: rebooted.delete(nid) ? "node-restarted" : "node-up", nid });
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

  function post(to: { queue: RunQueue; alive: boolean }, fact: Exclude<Fact, { f: "submit" }>): void {
    if (to.alive) to.queue.post(fact);
  }

  function canTalk(nid: string): boolean {
    return !cut.has(nid) && nodes.get(nid)?.agentAlive() === true;
  }

  function travel(): number {
    return world.chance() * weather.delayMs;
  }

  /** The head's own node answers at once and is never lost; it dies with the head. */
  function askNode(
    from: { queue: RunQueue; alive: boolean },
    nid: string,
    ask: NodeAsk,
  ): NodeAnswer | Promise<NodeAnswer | null> {
    const node = nodes.get(nid);
    if (node === undefined) return Promise.resolve(null);
    // The head's own agent lives and dies with the head.
    if (nid === "n0") {
      const answer = node.answer(ask);
      if (answer !== null) return answer;
      crashHead();
      return Promise.resolve(null);
    }
    return new Promise((resolve) => {
      world.after(ASK_TIMEOUT_MS, () => resolve(null));
      const copies = world.chance() < weather.double ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        if (faults && world.chance() < weather.loss) continue;
        world.after(travel(), () => {
          // A node that was restarted obeys only after its head knows that.
          if (!canTalk(nid) || rebooted.has(nid)) return;
          const answer = node.answer(ask);
          if (!node.agentAlive()) restartWorkerLater(nid);
          if (answer === null || (faults && world.chance() < weather.loss)) return;
          world.after(travel(), () => {
            if (!cut.has(nid) && from.alive) resolve(answer);
          });
        });
      }
    });
  }

  function restartWorkerLater(nid: string): void {
    world.after(world.pick(100, 3_000), () => {
      const node = nodes.get(nid);
      if (node === undefined || node.agentAlive()) return;
      node.startAgent();
      world.note(`agent ${nid} starts`);
    });
  }

  /** A worker repeats until the head has confirmed; the head's own node tells directly. */
  function tellExit(nid: string, launch: VirtualProcess, exitCode: number): void {
    const fact: Fact = {
      f: "exited",
      jid: launch.jid,
      attempt: launch.attempt,
      phase: launch.phase,
      index: launch.index,
      exitCode,
    };
    if (nid === "n0") {
      if (head !== null) post(head, fact);
      return;
    }
    const name = `${nid}/${launch.jid}/${launch.attempt}/${launch.phase}/${launch.index}`;
    const tell = () => {
      if (told.has(name) || nodes.get(nid)?.agentAlive() !== true) return;
      world.after(1_000, tell);
      if (cut.has(nid) || (faults && world.chance() < weather.loss)) return;
      world.after(travel(), () => {
        if (head === null || !head.alive || cut.has(nid)) return;
        post(head, fact);
        if (world.chance() >= weather.loss) told.add(name);
      });
    };
    tell();
  }

  /** What heartbeats and registrations do: silence makes a node suspect, then lost; a word brings it back. */
  function watchNodes(): void {
    world.after(1_000, watchNodes);
    for (const nid of nids.slice(1)) {
      const talks = canTalk(nid);
      if (talks) lastSeen.set(nid, world.now());
      if (head === null || !head.alive) continue;
      const state = head.queue.state().nodes.get(nid)?.state;
      const silentMs = world.now() - (lastSeen.get(nid) ?? 0);
      if (talks && rebooted.has(nid)) {
        rebooted.delete(nid);
        post(head, { f: "node-restarted", nid });
      } else if (talks && (state !== "UP" || world.chance() < 0.2)) post(head, { f: "node-up", nid });
      else if (silentMs > LOST_AFTER_MS && state !== "LOST") post(head, { f: "node-lost", nid });
      else if (silentMs > LOST_AFTER_MS / 2 && state === "UP") post(head, { f: "node-suspect", nid });
    }
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
        nodes.get(nid)?.crashAgent();
        restartWorkerLater(nid);
      });
    }
    for (let count = 0; workers.length > 0 && count < weather.reboots; count++) {
      world.after(world.pick(0, FAULTS_UNTIL_MS), () => {
        const nid = someWorker() ?? "";
        world.note(`node ${nid} restarted`);
        nodes.get(nid)?.reboot();
        rebooted.add(nid);
        restartWorkerLater(nid);
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
      watchNodes();
      submitJobs();
      breakThings();
      tick();
    },
    checkRest: (): void => {
      for (const row of store.rows.values()) {
        if (!isJobTerminal(row.state)) fail(`job ${row.jid} is still ${row.state} (${row.stage}): ${row.reason}`);
        if (row.stage !== "final") fail(`job ${row.jid} is ${row.state} but still ${row.stage}`);
        if (processesOf(row.jid).length > 0) fail(`job ${row.jid} is ${row.state} and still has processes`);
      }
      const state = head?.queue.state();
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
