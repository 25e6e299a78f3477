// The hub as the controller sees it: a daemon that is kept alive, the desks where heads report, and the `Agents` port.
import { diskError, diskTroubleOf, isDiskFull } from "#shared/os/disk-errors.ts";
import type { AgentRecords, ClusterDirectory, EventBatch } from "#controller/ports/agent-records.ts";
import type { Agents } from "#controller/ports/agents.ts";
import { isLive, type MonitorRecords } from "#controller/ports/monitor-records.ts";
import { realClock, type Clock, type Random, type Time } from "#shared/clock.ts";
import { shareNext } from "#shared/share-next.ts";
import { isStixError, StixError } from "#shared/errors/stix-error.ts";
import { inboxPrefix } from "#shared/wire/subjects.ts";
import { accountPusher, issueAccount } from "./account.ts";
import { createCalls } from "./agent-calls.ts";
import { ensureCertificate, type HubCertificate } from "./certificates.ts";
import { daemonPid, ensureDaemon, hubPort, stopDaemon, writeConfig } from "./daemon.ts";
import { adopt, enrol } from "./enrol.ts";
import type { EventFeed, Monitors } from "#controller/ports/monitors.ts";
import { createEventFeed } from "./event-feed.ts";
import type { HubConfig } from "./hub-config.ts";
import type { HubKeys } from "./hub-keys.ts";
import { serveHeads } from "./ingest.ts";
import { keysOfHub } from "./keys-of-hub.ts";
import { LinkError, openLink, type Link } from "./link.ts";
import { createMonitors } from "./monitors.ts";
import { monitorConsumer } from "./permissions.ts";
import { createPresence, type Presence } from "./presence.ts";
import { startPublisher, type Publisher } from "./publisher.ts";
import { waitForHead } from "./wait-for-head.ts";

export interface HubOptions {
  /** <STIX_HOME>/hub. */
  readonly folder: string;
  /** Address to listen on; "127.0.0.1" unless the installation serves clusters elsewhere. */
  readonly host: string;
  /** null: a free port, chosen once. */
  readonly port: number | null;
  /** Names and addresses by which clusters reach this machine, best first; used off loopback. */
  readonly publicNames: readonly string[];
  readonly records: AgentRecords;
  readonly monitors: MonitorRecords;
  readonly directory: ClusterDirectory;
  /** Other servers command the same clusters through this hub. */
  readonly isShared?: boolean;
  /** For what is written down; tests move it. */
  readonly clock: Clock;
  /** For pauses, patience and silence; the real one unless a simulation has its own. */
  readonly steady?: Time;
  readonly random: Pick<Random, "token">;
  locateServer(): Promise<string>;
  readonly log: (event: string, facts: Readonly<Record<string, unknown>>) => void;
}

export interface HubStatus {
  readonly endpoint: string;
  readonly connected: boolean;
  readonly pid: number | null;
  readonly serverVersion: string;
  readonly epoch: number;
  /** Clusters whose head was heard within a minute. */
  readonly headsHeard: number;
}

export interface Hub extends AsyncDisposable {
  readonly agents: Agents;
  readonly presence: Presence;
  /** Events as text, for `stix events`. */
  readonly feed: EventFeed;
  /** Who else may watch. */
  readonly monitors: Monitors;
  status(): Promise<HubStatus>;
  /** Called after events of heads were committed. */
  onApplied(receive: (batch: EventBatch) => void): void;
  /** Grows when the address changes that clusters know (`gen` of hub.json). */
  endpoints(): { readonly gen: number; readonly endpoints: readonly string[] };
  /** Milliseconds since it went to another address than clusters knew; null: not since it was made. */
  movedAgoMs(): number | null;
  /** Resolves when monitors have everything committed before, or the hub is away. */
  published(): Promise<void>;
  /** Looks after the daemon now; resolves when it runs and we are connected. Throws StixError. */
  ensure(): Promise<void>;
  stopDaemon(): Promise<void>;
}

/** Starts or adopts the hub and connects to it. Throws StixError: part-missing, port-in-use, no-permission, internal. */
export async function createHub(options: HubOptions): Promise<Hub> {
  let hub: RunningHub | null = null;
  try {
    const keys = await keysOfHub(options);
    // Seconds, so that heads that knew an epoch of a lost database obey the one after it.
    const seconds = Math.floor(options.clock.now() / 1000);
    hub = new RunningHub(options, keys, await options.records[options.isShared ? "sharedEpoch" : "nextEpoch"](seconds));
    await ensurePatiently(hub, options.log);
    return hub;
  } catch (error) {
    await hub?.[Symbol.asyncDispose]();
    throw diskTrouble(options.folder, error);
  }
}

/** A hub that dies between its start and our connection is no reason not to start: it is replaced. */
async function ensurePatiently(hub: RunningHub, log: HubOptions["log"]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await hub.ensure();
    } catch (error) {
      const diedMeanwhile =
        error instanceof LinkError && (error.trouble === "timeout" || error.trouble === "disconnected");
      if (!diedMeanwhile || tries === START_TRIES) throw error;
      log("hub-not-reached", { tries, error: error.message });
    }
  }
}

/** A full or closed disk as the error it is; anything else as it came. */
function diskTrouble(folder: string, error: unknown): unknown {
  if (isDiskFull(error) || diskTroubleOf(error) === null) return diskError(folder, error);
  const path = error instanceof Error && "path" in error ? String(error.path) : "";
  return new StixError({
    code: "no-permission",
    message: `cannot read and write '${folder}'${path === "" ? "" : ` (${path})`}`,
    hint: "make that folder this user's own, with all that is in it, or set STIX_HOME to another one",
    cause: error,
  });
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Each takes 5 s at most, and a command that started us waits 45 s. */
const START_TRIES = 4;
/** Pauses between attempts to bring the hub back. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 10_000;
const HOUSEKEEPING_MS = 3_600_000;
const DAY_MS = 86_400_000;
const CLOSED_MONITORS_MAX = 128;

class RunningHub implements Hub {
  readonly agents: Agents;
  readonly presence: Presence;
  readonly feed: EventFeed;
  readonly monitors: Monitors;
  private readonly options: HubOptions;
  private readonly steady: Time;
  private readonly keys: HubKeys;
  private readonly epoch: number;
  private readonly publisher: Publisher;
  private readonly pushAccount: () => Promise<void>;
  private readonly listeners: ((batch: EventBatch) => void)[] = [];
  private readonly callOffHousekeeping: () => void;
  private readonly ended = new AbortController();
  private link: Link | null = null;
  private config: HubConfig | null = null;
  private certificate: HubCertificate | null = null;
  private gen = 0;
  private movedAt: number | null = null;
  private repair: Promise<void> | null = null;

  constructor(options: HubOptions, keys: HubKeys, epoch: number) {
    this.options = options;
    this.steady = options.steady ?? realClock();
    this.keys = keys;
    this.epoch = epoch;
    const { records, clock, log } = options;
    const now = () => clock.now();
    this.presence = createPresence(this.steady);
    this.publisher = startPublisher(() => this.link, {
      records,
      now,
      steady: this.steady,
      log,
      arrange: (link) => this.arrange(link),
    });
    // Whoever wrote them: what is committed is published.
    records.onEvents(() => this.publisher.nudge());
    const arranged = shareNext(async () => {
      // The publisher makes the stream of a new hub, and its readers with it.
      await this.publisher.idle();
      if (this.link !== null) await this.arrange(this.link);
    });
    this.pushAccount = accountPusher({
      records,
      keys,
      now,
      log,
      preload: (jwt) => this.preload(jwt),
      push: (jwt) => this.push(jwt),
    });
    this.agents = this.makeAgents();
    this.feed = createEventFeed(records);
    this.monitors = createMonitors({
      records: options.monitors,
      keys,
      clock,
      random: options.random,
      nextIssue: (atLeast) => records.nextAccountIssue(atLeast),
      access: () => ({ endpoints: this.endpoints().endpoints, ca: this.certificate?.ca ?? null }),
      push: async (jwt) => {
        if (this.link !== null) await this.push(jwt);
      },
      arrange: arranged,
    });
    this.callOffHousekeeping = this.steady.every(HOUSEKEEPING_MS, () => void this.tidy(), { background: true });
  }

  /** One repair at a time; who asks meanwhile waits for the same. */
  ensure(): Promise<void> {
    if (this.repair === null && this.link?.connected) return Promise.resolve();
    this.repair ??= this.bringUp().finally(() => {
      this.repair = null;
    });
    return this.repair;
  }

  private async bringUp(): Promise<void> {
    const binary = await this.options.locateServer();
    const started = await this.startSomewhere(binary);
    if (this.link === null) await this.open();
    else await this.reconnected(this.link);
    // The hub that was running may have missed the last revocation before a crash.
    if (!started) await Promise.all([this.pushAccount(), this.pushMonitors()]);
    this.publisher.inspect();
  }

  /** Another program may have taken the port while the hub was down: then it moves, and the clusters are told. */
  private async startSomewhere(binary: string): Promise<boolean> {
    this.config = await this.configure(false);
    try {
      return (await ensureDaemon(binary, this.config)).started;
    } catch (error) {
      const canMove = isStixError(error) && error.code === "port-in-use" && this.options.port === null;
      if (!canMove) throw error;
      this.config = await this.configure(true);
      await this.closeLink();
      return (await ensureDaemon(binary, this.config)).started;
    }
  }

  private async configure(mustMove: boolean): Promise<HubConfig> {
    const { folder, host, publicNames, clock } = this.options;
    const chosen = await hubPort(folder, host, { fixed: this.options.port, mustMove, now: clock.now() });
    if (chosen.isNew) this.movedAt = this.steady.monotonic();
    this.gen = chosen.gen;
    this.certificate = isLoopback(host) ? null : await ensureCertificate(`${folder}/tls`, publicNames, clock.now());
    const account = await issueAccount({ records: this.options.records, keys: this.keys, now: () => clock.now() });
    return {
      host,
      port: chosen.port,
      folder,
      tls: this.certificate,
      operatorJwt: this.keys.operatorJwt,
      systemAccount: this.keys.systemAccount,
      account: { id: this.keys.accountId, jwt: account },
      monitors: await this.monitorClaims(),
    };
  }

  /** Live ones with what they may, those that were taken back as closed: an account that the hub does not know takes it seconds to refuse. */
  private async monitorClaims(): Promise<readonly { readonly id: string; readonly jwt: string }[]> {
    const now = this.options.clock.now();
    const issuedAt = await this.options.records.nextAccountIssue(Math.floor(now / 1000));
    const all = (await this.options.monitors.list()).filter((one) => one.expireAt > now);
    const closed = all.filter((one) => !isLive(one, now)).slice(0, CLOSED_MONITORS_MAX);
    return [
      ...all.filter((one) => isLive(one, now)).map((one) => this.keys.monitorAccount(one, issuedAt)),
      ...closed.map((one) => this.keys.closedMonitorAccount(one, issuedAt)),
    ];
  }

  /** What ended by its date needs no word of ours. */
  private async pushMonitors(): Promise<void> {
    for (const { jwt } of await this.monitorClaims()) await this.push(jwt);
  }

  private async arrange(link: Link): Promise<void> {
    if ((await link.streamState()) === null) return;
    const now = this.options.clock.now();
    await link.arrangeConsumers(
      (await this.options.monitors.list()).filter((one) => isLive(one, now)).map((one) => monitorConsumer(one.id)),
    );
  }

  private async open(): Promise<void> {
    const link = await openLink({
      ...this.linkOptions(),
      credentials: this.keys.controllerCredentials,
      inboxPrefix: inboxPrefix.controller,
    });
    serveHeads(link, {
      records: this.options.records,
      keys: this.keys,
      presence: this.presence,
      epoch: this.epoch,
      now: () => this.options.clock.now(),
      time: this.steady,
      applied: (batches) => this.applied(batches),
      log: this.options.log,
    });
    try {
      await link.flush();
    } catch (error) {
      // It would go on dialling a hub that is replaced.
      await link[Symbol.asyncDispose]();
      throw error;
    }
    this.link = link;
    link.onChange((state) => this.changed(link, state));
    if (!link.connected) this.changed(link, "disconnected");
  }

  private linkOptions() {
    return {
      endpoint: this.ownEndpoint(),
      ca: this.certificate?.ca ?? null,
      name: "stix controller",
      timeoutMs: CONNECT_TIMEOUT_MS,
    };
  }

  private changed(link: Link, state: "disconnected" | "connected" | "ended"): void {
    if (link !== this.link || this.ended.signal.aborted) return;
    this.options.log(`hub-${state}`, { endpoint: this.ownEndpoint() });
    if (state === "connected") return this.publisher.inspect();
    if (state === "ended") this.link = null;
    void this.keepTrying();
  }

  private async keepTrying(): Promise<void> {
    if (this.repair !== null) return;
    for (let pause = FIRST_PAUSE_MS; !this.ended.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await this.ensure();
      } catch (error) {
        this.options.log("hub-not-up", { error: error instanceof Error ? error.message : String(error) });
        await this.options.clock.sleep(pause, this.ended.signal).catch(() => undefined);
      }
    }
  }

  private async reconnected(link: Link): Promise<void> {
    if (link.connected) return;
    const back = Promise.withResolvers<void>();
    link.onChange((state) => {
      if (state === "connected") back.resolve();
      if (state === "ended") back.reject(new Error("the connection to the hub was closed"));
    });
    if (link.connected) return;
    const callOff = this.steady.after(CONNECT_TIMEOUT_MS, () =>
      back.reject(new Error("the hub runs but does not accept us")),
    );
    await back.promise.finally(callOff);
  }

  private applied(batches: readonly EventBatch[]): void {
    this.publisher.nudge();
    for (const batch of batches) for (const receive of this.listeners) receive(batch);
  }

  private async preload(jwt: string): Promise<void> {
    if (this.config === null) return;
    this.config = { ...this.config, account: { id: this.keys.accountId, jwt } };
    await writeConfig(this.config);
  }

  private async push(jwt: string): Promise<void> {
    await using system = await openLink({
      ...this.linkOptions(),
      credentials: this.keys.systemCredentials,
      inboxPrefix: "_INBOX_sys",
    });
    const reply = new TextDecoder().decode(await system.request("$SYS.REQ.CLAIMS.UPDATE", jwt, CONNECT_TIMEOUT_MS));
    if (!/"code":\s*200/.test(reply))
      throw new StixError({
        code: "internal",
        message: "the hub did not take the new list of who may use it",
        hint: `look into ${this.options.folder}/nats.log`,
      });
  }

  private makeAgents(): Agents {
    const { records, directory, clock } = this.options;
    const calls = createCalls({
      epoch: this.epoch,
      steady: this.steady,
      presence: this.presence,
      link: () => this.link,
      clusterName: async (cid) => (await records.find(cid))?.clusterName ?? cid,
    });
    return {
      ...calls,
      waitForHead: (cid, nodeCount, signal, onNodes) =>
        waitForHead(
          { presence: this.presence, calls },
          { cid, nodeCount, onNodes: onNodes ?? (() => undefined) },
          signal,
        ),
      enroll: (cid, nodes) =>
        enrol(
          {
            records,
            keys: this.keys,
            directory,
            clock,
            hub: { ...this.endpoints(), ca: this.certificate?.ca ?? null },
          },
          cid,
          nodes,
        ),
      adopt: (cluster) => adopt({ records, keys: this.keys, clock }, cluster),
      revoke: async (cid) => {
        this.presence.forget(cid);
        // The record is durable; a hub that is away now reads it at its start.
        if ((await records.revoke(cid, clock.now())) && this.link !== null) await this.pushAccount();
      },
    };
  }

  endpoints(): { gen: number; endpoints: readonly string[] } {
    const port = this.config?.port ?? 0;
    const names = this.certificate === null ? ["127.0.0.1"] : [...this.options.publicNames, "127.0.0.1"];
    const scheme = this.certificate === null ? "nats" : "tls";
    return {
      gen: this.gen,
      endpoints: names.map((name) => `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}`),
    };
  }

  movedAgoMs(): number | null {
    return this.movedAt === null ? null : this.steady.monotonic() - this.movedAt;
  }

  private ownEndpoint(): string {
    return this.endpoints().endpoints.at(-1) ?? "";
  }

  async status(): Promise<HubStatus> {
    return {
      endpoint: this.endpoints().endpoints[0] ?? "",
      connected: this.link?.connected ?? false,
      pid: await daemonPid(this.options.folder),
      serverVersion: this.link?.serverVersion ?? "",
      epoch: this.epoch,
      headsHeard: this.presence.countHeard(60_000),
    };
  }

  onApplied(receive: (batch: EventBatch) => void): void {
    this.listeners.push(receive);
  }

  published(): Promise<void> {
    return this.publisher.idle();
  }

  /** Bounds what is kept: events a week, snapshots of removed clusters a day, removed agents as long as their credentials lived, places of monitors while they live. */
  private async tidy(): Promise<void> {
    const now = this.options.clock.now();
    try {
      const keys = await this.options.records.prune({
        events: now - 7 * DAY_MS,
        snapshots: now - DAY_MS,
        agents: now - 100 * DAY_MS,
      });
      for (const key of keys) await this.link?.purgeState(key);
      await this.options.monitors.prune(now - 30 * DAY_MS);
      if (this.link !== null) await this.arrange(this.link);
    } catch (error) {
      // A border: the next hour tries again.
      this.options.log("tidying-failed", { error: error instanceof Error ? error.message : String(error) });
    }
  }

  private async closeLink(): Promise<void> {
    const link = this.link;
    this.link = null;
    await link?.[Symbol.asyncDispose]();
  }

  async stopDaemon(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await stopDaemon(this.options.folder);
  }

  /** Leaves the daemon running: heads stay connected and buffer until the next server comes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ended.signal.aborted) return;
    this.ended.abort();
    this.callOffHousekeeping();
    await this.repair?.catch(() => undefined);
    // Closed first: what waits for an answer of the hub then ends at once.
    const stopped = this.publisher.stop();
    await this.closeLink();
    await stopped;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
