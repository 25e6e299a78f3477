// For tests: a real nats-server as hub, this process as the controller, and real skylet processes in folders of their own.
import { realClock, realRandom } from "#shared/clock.ts";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { agentFiles, type NodeConfig } from "#shared/wire/node-config.ts";
import { eventBatchSchema, type ClusterEvent, type Heartbeat } from "#shared/wire/events.ts";
import { headRegistrationSchema, type HeadRegistration } from "#shared/wire/registration.ts";
import {
  logChunkHeadSchema,
  rpcMethods,
  type JobRecord,
  type JobSpec,
  type LogChunkHead,
  type RpcMethod,
  type RpcParams,
  type RpcResult,
} from "#shared/wire/rpc.ts";
import { hubSubjects } from "#shared/wire/subjects.ts";
import { isJobTerminal } from "#shared/lifecycle/job.ts";
import { createUser } from "nkeys.js";
import { openBusConnection, type BusConnection } from "#skylet/bus/nats-client.ts";
import { freePort } from "#test/free-port.ts";

const tree = resolve(import.meta.dir, "../..");

export function natsServerPath(): string {
  const found = [
    process.env["STIX_NATS_SERVER"],
    join(tree, ".build/tools/nats-server"),
    Bun.which("nats-server") ?? undefined,
  ].find((path) => path !== undefined && existsSync(path));
  if (found === undefined) throw new Error("no nats-server: run scripts/setup");
  return found;
}

export interface Node {
  readonly nid: string;
  /** <root>/<nid>/agent */
  readonly dir: string;
  readonly home: string;
  start(env?: Record<string, string>): void;
  /** kill -9 of the skylet alone. */
  kill(): Promise<void>;
  exited(): Promise<number>;
  readonly pid: number;
  alive(): boolean;
  log(): string;
}

export interface RigOptions {
  readonly nodes?: number;
  readonly cpus?: number;
  readonly accelerator?: { name: string; count: number };
  readonly autostop?: NodeConfig["autostop"];
  readonly env?: Record<string, string>;
  readonly start?: boolean;
}

export type Rig = Awaited<ReturnType<typeof createRig>>;

export const aSpec = (fields: Partial<JobSpec> = {}): JobSpec => ({
  name: "test",
  user: "me",
  userHash: "abcd1234",
  numNodes: 1,
  cpus: 0.5,
  accelerator: null,
  setup: null,
  run: "echo hi",
  envs: {},
  secrets: {},
  resourcesText: "1x[CPU:1+]",
  taskIdPrefix: "sky-2026-01-02-03-04-05-000006_rig",
  runTimestamp: "sky-2026-01-02-03-04-05-000006",
  metadata: {},
  ...fields,
});

/** Everything ends with `await using`. */
export async function createRig(options: RigOptions = {}) {
  const root = mkdtempSync(join(tmpdir(), "stix-skylet-"));
  const cid = `t-${Math.random().toString(36).slice(2, 10)}`;
  let hub = await startHub(root);
  const nodes = makeNodes(root, cid, hub.url, options);
  const controller = {
    epoch: 1,
    inc: 1,
    acked: 0,
    on: true,
    registrations: [] as HeadRegistration[],
    events: [] as ClusterEvent[],
    heartbeats: [] as Heartbeat[],
  };
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const decode = (data: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(data));

  async function connectController(): Promise<BusConnection> {
    const line = await openBusConnection(
      {
        servers: [hub.url],
        inboxPrefix: "_INBOX_ctl",
        name: "controller",
        auth: null,
        ca: null,
        time: realClock(),
        random: realRandom(),
        onConnected: () => {},
        onDisconnected: () => {},
      },
      new AbortController().signal,
    );
    line.respond(hubSubjects.register(cid), async (_subject, data) => {
      if (!controller.on) return null;
      controller.registrations.push(headRegistrationSchema.parse(decode(data)));
      return encode({
        ok: true,
        proto: 1,
        inc: controller.inc,
        epoch: controller.epoch,
        acked: controller.acked,
        credentials: null,
      });
    });
    line.respond(hubSubjects.eventBatch(cid), async (_subject, data) => {
      if (!controller.on) return null;
      for (const [seq, , event] of eventBatchSchema.parse(decode(data)).ev) {
        if (seq !== controller.acked + 1) continue;
        controller.acked = seq;
        controller.events.push(event);
      }
      return encode({ ok: true, acked: controller.acked });
    });
    line.respond(hubSubjects.heartbeat(cid, "n0"), async (_subject, data) => {
      controller.heartbeats.push(decode(data) as Heartbeat);
      return null;
    });
    return line;
  }
  const line = await connectController();

  async function rawCall(method: string, params: unknown, timeoutMs = 8_000): Promise<Uint8Array> {
    const deadline = performance.now() + timeoutMs;
    // A request that was on its way when the hub died is lost: none waits longer than its own patience.
    const patienceMs = ((params as { waitMs?: number }).waitMs ?? 0) + 1_500;
    for (;;) {
      try {
        return await line.request(
          hubSubjects.rpc(cid, method),
          encode(params),
          Math.max(50, Math.min(patienceMs, deadline - performance.now())),
        );
      } catch (error) {
        if (performance.now() > deadline) throw new Error(`${method}: ${String(error)}`);
        await Bun.sleep(10);
      }
    }
  }

  async function call<M extends RpcMethod>(
    method: M,
    params: Omit<RpcParams<M>, "epoch">,
    timeoutMs?: number,
  ): Promise<RpcResult<M>> {
    const reply = decode(await rawCall(method, { epoch: controller.epoch, ...params }, timeoutMs)) as {
      ok: boolean;
      result?: unknown;
      error?: { code: string; message: string };
    };
    if (!reply.ok) throw new Error(`${reply.error?.code}: ${reply.error?.message}`);
    return rpcMethods[method].result.parse(reply.result) as RpcResult<M>;
  }

  let keys = 0;
  async function submit(fields: Partial<JobSpec> = {}, copies = 1): Promise<number[]> {
    const { jids } = await call("job.submit", { idem: `key-${keys++}`, specHash: "h", spec: aSpec(fields), copies });
    return jids;
  }

  /** Follows the job to its end, or until `until` likes it. */
  async function waitFor(
    jid: number,
    until: (job: JobRecord) => boolean = (job) => isJobTerminal(job.state),
    timeoutMs = 30_000,
  ): Promise<JobRecord> {
    const deadline = performance.now() + timeoutMs;
    let seen: { state: JobRecord["state"]; attempt: number } | null = null;
    for (;;) {
      const { job }: RpcResult<"job.wait"> = await call("job.wait", { jid, seen, waitMs: 1_000 });
      if (job === null) throw new Error(`no job ${jid}`);
      if (until(job)) return job;
      if (performance.now() > deadline)
        throw new Error(`job ${jid} is ${job.state}: ${job.reason}\n${nodes.map((node) => node.log()).join("\n")}`);
      seen = { state: job.state, attempt: job.attempt };
    }
  }

  async function readLog(
    params: Partial<RpcParams<"log.read">> & { jid: number },
  ): Promise<{ head: LogChunkHead; text: string }> {
    const data = await rawCall("log.read", {
      stream: "run",
      rank: 0,
      attempt: 0,
      off: 0,
      max: 512 * 1024,
      waitMs: 0,
      ...params,
    });
    const end = data.indexOf(10);
    return {
      head: logChunkHeadSchema.parse(decode(data.subarray(0, end))),
      text: new TextDecoder().decode(data.subarray(end + 1)),
    };
  }

  if (options.start !== false) for (const node of nodes) node.start(options.env);
  return {
    root,
    cid,
    nodes,
    controller,
    call,
    rawCall,
    submit,
    waitFor,
    readLog,
    head: nodes[0] as Node,
    hub: {
      kill: async (): Promise<void> => hub.stop(),
      restart: async (): Promise<void> => {
        hub = await startHub(root, hub.port);
      },
    },
    /** All of a stream to its end, as a reader that is never interrupted sees it. */
    wholeLog: async (jid: number, stream: "setup" | "run" = "run", rank = 0): Promise<string> => {
      let text = "";
      for (let off = 0; ;) {
        const chunk = await readLog({ jid, stream, rank, off, waitMs: 2_000 });
        text += chunk.text;
        off += chunk.head.n;
        if (chunk.head.eof) return text;
      }
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      for (const node of nodes) await node.kill();
      for (const node of nodes)
        await Bun.spawn([process.execPath, join(tree, "skylet/main.ts"), "kill", "--dir", node.dir], {
          stdio: ["ignore", "ignore", "ignore"],
        }).exited;
      await line.close();
      await hub.stop();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function startHub(root: string, port = -1) {
  const ports = join(root, "ports");
  rmSync(ports, { recursive: true, force: true });
  mkdirSync(ports);
  const child = Bun.spawn([natsServerPath(), "-a", "127.0.0.1", "-p", String(port), "--ports_file_dir", ports], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  const file = join(ports, `nats-server_${child.pid}.ports`);
  let url = "";
  for (let tries = 0; url === ""; tries++) {
    if (tries > 1_000) throw new Error("the hub did not start");
    await Bun.sleep(5);
    url = readPortsFile(file);
  }
  return {
    url,
    port: Number(new URL(url).port),
    stop: async (): Promise<void> => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Empty until the server has written all of it. */
function readPortsFile(file: string): string {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { nats: string[] }).nats[0] ?? "";
  } catch {
    return "";
  }
}

function makeNodes(root: string, cid: string, hubUrl: string, options: RigOptions): Node[] {
  const count = options.nodes ?? 1;
  const busPort = count > 1 ? freePort() : 0;
  const keys = Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, createUser()]));
  const entries = Array.from({ length: count }, (_, index) => ({
    nid: `n${index}`,
    ip: `127.0.0.${index + 1}`,
    instanceId: `${cid}-n${index}`,
    busPublicKey: keys[`n${index}`]?.getPublicKey() ?? "",
  }));
  return entries.map((entry) => {
    const dir = join(root, entry.nid, "agent");
    const home = join(root, entry.nid, "home");
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    mkdirSync(home, { recursive: true });
    const config: NodeConfig = {
      v: 1,
      cid,
      clusterName: "rig",
      nid: entry.nid,
      nodes: entries,
      home,
      user: "me",
      cloud: "local",
      region: "local",
      zone: null,
      resources: { cpus: options.cpus ?? 2, memoryGib: 4, accelerator: options.accelerator ?? null, virtual: true },
      hub: { endpoints: [hubUrl], credentialsFile: null, caFile: null },
      bootToken: "token",
      bus:
        count === 1
          ? null
          : { host: "127.0.0.1", port: busPort, serverPath: natsServerPath(), seedFile: "bus.seed", tls: null },
      autostop: options.autostop ?? null,
      selfStop: { kind: "local" },
    };
    writeFileSync(join(root, `${entry.nid}.json`), JSON.stringify(config), { mode: 0o600 });
    writeFileSync(join(dir, agentFiles.config), JSON.stringify(config), { mode: 0o600 });
    if (count > 1) writeFileSync(join(dir, "bus.seed"), keys[entry.nid]?.getSeed() ?? "", { mode: 0o600 });
    chmodSync(dir, 0o700);
    return createNode(entry.nid, dir, home);
  });
}

function createNode(nid: string, dir: string, home: string): Node {
  let child: Bun.Subprocess | null = null;
  return {
    nid,
    dir,
    home,
    start: (env = {}) => {
      const command =
        process.env["STIX_SKYLET"] === undefined
          ? [process.execPath, join(tree, "skylet/main.ts")]
          : [process.env["STIX_SKYLET"]];
      child = Bun.spawn([...command, "run", "--dir", dir], {
        stdio: ["ignore", "ignore", "inherit"],
        detached: true,
        env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", STIX_CANCEL_GRACE_MS: "500", ...env },
      });
    },
    kill: async () => {
      child?.kill("SIGKILL");
      await child?.exited;
    },
    exited: async () => (await child?.exited) ?? -1,
    get pid() {
      return child?.pid ?? -1;
    },
    alive: () => child !== null && child.exitCode === null && child.signalCode === null,
    log: () => (existsSync(join(dir, agentFiles.log)) ? readFileSync(join(dir, agentFiles.log), "utf8") : ""),
  };
}
