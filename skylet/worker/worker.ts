// A worker: joins its head's bus, starts and kills what it is told, tells every end until it is heard.
import { join } from "node:path";
import { rmSync } from "node:fs";
import { z } from "zod";
import { protocol, version } from "#shared/version.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { agentFiles } from "#shared/wire/node-config.ts";
import { workerRegistrationReplySchema, workerRegistrationSchema } from "#shared/wire/registration.ts";
import { busSubjects, inboxPrefix } from "#shared/wire/subjects.ts";
import { endNode } from "../autostop/end-node.ts";
import { connectBus } from "../bus/connect-bus.ts";
import { decodeMessage, encodeMessage } from "#shared/wire/json.ts";
import {
  endMessageSchema,
  gangMessageSchema,
  headIdentitySchema,
  logAskSchema,
  type HeadIdentity,
} from "#shared/wire/bus.ts";
import type { BusConnection } from "../bus/nats-client.ts";
import type { HeadOptions } from "../head/head.ts";
import { createNodeLogs, encodeLogReply } from "../logs/head-logs.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import { answerAsk } from "../node/answer.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";
import { createUsage } from "../node/usage.ts";

const REGISTER_MS = 2_000;
const REGISTER_PAUSE_MS = 300;
const NOTICE_MS = 1_000;
const HEARTBEAT_MS = 5_000;

/** Resolves when the worker has joined its bus; it runs until the process ends. */
export async function runWorker(options: HeadOptions): Promise<void> {
  const { config, store, log, clock, steady } = options;
  const { nid } = config.node;
  const notices = new Map<string, { key: LaunchKey; exitCode: number }>();
  const jobs = options.createJobs((key, exitCode) => {
    notices.set(JSON.stringify(key), { key, exitCode });
    void sendNotices();
  });
  if (options.rebooted) await jobs.killEverything();
  store.apply({ meta: { boot_id: config.bootId }, now: clock.now() });
  const usage = createUsage({ clock: steady, gpuTool: () => Bun.which("nvidia-smi") });
  const logs = createNodeLogs(join(config.dir, agentFiles.jobs), steady);
  let known: HeadIdentity = headIdentitySchema.parse(JSON.parse(store.meta("head_run") ?? '{"inc":0,"run":0}'));
  let line: BusConnection | null = null;
  let sending = false;
  let registering = false;
  let ending = false;
  /** The head knows of this node's boot. Before that nothing may start: the head would take it for lost with the boot before. */
  let isKnown = false;

  /** `fenced`: an older head. `pending`: a head that the controller has not numbered yet. */
  function verdict(head: HeadIdentity): "obey" | "pending" | "fenced" {
    if (head.inc === 0 && known.inc > 0 && head.run !== known.run) return "pending";
    const older = head.inc !== 0 && (head.inc < known.inc || (head.inc === known.inc && head.run < known.run));
    if (older || (head.inc === 0 && known.inc === 0 && head.run < known.run)) return "fenced";
    if (head.inc > known.inc || head.run > known.run) {
      store.apply({ meta: { head_run: JSON.stringify(head) }, now: clock.now() });
      known = head;
    }
    return "obey";
  }

  async function answerTo(head: HeadIdentity, ask: NodeAsk): Promise<NodeAnswer> {
    const judged = verdict(head);
    if (judged !== "obey") return { is: judged };
    return ending || !isKnown ? { is: "pending" } : answerAsk(jobs, nid, ask);
  }

  async function gang(data: Uint8Array): Promise<Uint8Array | null> {
    const message = decodeMessage(z.union([gangMessageSchema, z.object({ hello: headIdentitySchema })]), data);
    if ("hello" in message) {
      void register();
      return null;
    }
    if (!message.nids.includes(nid)) return null;
    return encodeMessage({ nid, answer: await answerTo(message.head, message.ask) });
  }

  async function respond(subject: string, data: Uint8Array): Promise<Uint8Array | null> {
    try {
      switch (subject.split(".").slice(5).join(".")) {
        case "gang":
          return await gang(data);
        case "log.read": {
          const { head, bytes } = await logs.read(decodeMessage(logAskSchema, data));
          return encodeLogReply(head, bytes);
        }
        case "log.stat":
          return encodeMessage(logs.stat(decodeMessage(logAskSchema, data)));
        case "usage":
          return encodeMessage(await usage());
        case "end":
          return await end(data);
        default:
          return encodeMessage({ ok: false, error: "unsupported" });
      }
    } catch (error) {
      log("warn", "bad-bus-request", { subject, error: errorText(error) });
      return null;
    }
  }

  /** Answers when the node's processes are dead, then ends the node. */
  async function end(data: Uint8Array): Promise<Uint8Array | null> {
    const { head, action } = decodeMessage(endMessageSchema, data);
    if (verdict(head) !== "obey") return null;
    ending = true;
    await jobs.killEverything();
    log("info", "node-ends", { action });
    setTimeout(() => {
      void (async () => {
        await line?.close();
        store.close();
        rmSync(join(config.dir, agentFiles.pid), { force: true });
        await endNode(config, action, clock.now(), log, options.exit);
      })();
    }, 50);
    return encodeMessage({ ok: true });
  }

  async function register(): Promise<void> {
    if (registering || line === null) return;
    registering = true;
    const message = workerRegistrationSchema.parse({
      v: 1,
      proto: [protocol.min, protocol.max],
      version,
      nid,
      bootId: config.bootId,
      run: options.run,
      instanceId: config.node.nodes.find((node) => node.nid === nid)?.instanceId ?? "",
    });
    while (!ending) {
      try {
        const reply = decodeMessage(
          workerRegistrationReplySchema,
          await line.request(busSubjects.register(nid), encodeMessage(message), REGISTER_MS),
        );
        if (reply.ok) break;
        log("error", "registration-refused", { error: reply.error });
      } catch {
        // The head is away; it will be back.
      }
      await Bun.sleep(REGISTER_PAUSE_MS);
    }
    registering = false;
    isKnown = true;
    log("info", "registered");
    void sendNotices();
  }

  /** Each end is told until the head has confirmed it; telling twice is harmless. */
  async function sendNotices(): Promise<void> {
    if (sending) return;
    sending = true;
    while (notices.size > 0 && !ending) {
      const batch = [...notices];
      await Promise.all(batch.map(([name, notice]) => sendNotice(name, notice)));
      if (notices.size === batch.length) await Bun.sleep(REGISTER_PAUSE_MS);
    }
    sending = false;
  }

  async function sendNotice(name: string, notice: { key: LaunchKey; exitCode: number }): Promise<void> {
    try {
      if (line === null || !line.connected()) return;
      const reply = await line.request(busSubjects.exit(nid), encodeMessage({ v: 1, ...notice }), NOTICE_MS);
      if (decodeMessage(z.object({ ok: z.boolean() }), reply).ok) notices.delete(name);
    } catch {
      // Not heard: it stays in the map.
    }
  }

  line = await connectBus(
    config,
    {
      inboxPrefix: inboxPrefix.worker(nid),
      onConnected: () => void register(),
      onDisconnected: () => log("info", "bus-disconnected"),
    },
    new AbortController().signal,
  );
  line.respond(busSubjects.gang, (_subject, data) => respond(busSubjects.rpc(nid, "gang"), data));
  line.respond(busSubjects.rpc(nid, ">"), respond);
  setInterval(() => line?.publish(busSubjects.heartbeat(nid), encodeMessage({ v: 1, run: options.run })), HEARTBEAT_MS);
  log("info", "worker-started", { run: options.run, version, pid: process.pid });
  void register();
}
