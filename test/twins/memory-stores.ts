// Clusters, attempts, requests and locks in memory: the promises of the stores without a database, for worlds by the thousand.
// Nobody uploads anything in them.
import type { AttemptNote, AttemptRecord } from "#controller/ports/attempts.ts";
import type {
  ClusterEventRecord,
  ClusterRecord,
  ClusterStore,
  CostInterval,
  StateStep,
} from "#controller/ports/clusters.ts";
import {
  StaleLease,
  type Fence,
  type FencedStores,
  type Lease,
  type LockStore,
  type RequestRecord,
  type RequestStore,
  type UploadStore,
} from "#controller/ports/requests.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { attemptLife, attemptState, type AttemptMove } from "#shared/lifecycle/attempt.ts";
import { clusterAfter, type ClusterState } from "#shared/lifecycle/cluster.ts";
import { step as stepOf } from "#shared/lifecycle/moves.ts";
import { isRequestTerminal } from "#shared/lifecycle/request.ts";

export interface MemoryStores {
  readonly clusters: ClusterStore;
  readonly requests: RequestStore;
  readonly locks: LockStore;
  readonly fenced: (fence: Fence) => FencedStores;
  readonly uploads: UploadStore;
}

export function memoryStores(): MemoryStores {
  const requests = new Map<string, RequestRecord>();
  const locks = new Map<string, string>();
  const waits = createWaits(requests, locks);
  const clusterStore = createClusters();
  const lockStore = createLocks(locks, waits);
  return {
    clusters: clusterStore,
    requests: createRequests(requests, locks, waits),
    locks: lockStore,
    uploads: { has: async () => false, add: async () => undefined, prune: async () => [] },
    fenced: (fence) => {
      const holds = () => {
        const row = requests.get(fence.requestId);
        return row?.token === fence.token && row.state === "RUNNING";
      };
      return {
        clusters: guarded(clusterStore, fence, holds, CLUSTER_READS),
        locks: guarded(lockStore, fence, holds, LOCK_READS),
      };
    },
  };
}

const CLUSTER_READS: ReadonlySet<string> = new Set([
  "get",
  "findByName",
  "list",
  "listRemoved",
  "events",
  "intervals",
  "attempts",
  "openAttempts",
]);
const LOCK_READS: ReadonlySet<string> = new Set(["holderOf"]);

/** Every write is refused once another server has the request. */
function guarded<T extends object>(store: T, fence: Fence, holds: () => boolean, reads: ReadonlySet<string>): T {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function" || reads.has(String(key))) return value;
      return async (...asked: unknown[]) => {
        if (!holds()) throw new StaleLease(fence);
        return await Reflect.apply(value, target, asked);
      };
    },
  });
}

interface Waits {
  hasCome(key: string): boolean;
  wakeNextFor(lock: string, at: number): void;
  wakeFollowers(id: string, at: number): void;
}

const LOCK = "lock:";
const REQUEST = "request:";

function createWaits(requests: Map<string, RequestRecord>, locks: ReadonlyMap<string, string>): Waits {
  const waitingOn = (key: string) =>
    [...requests.values()].filter((row) => row.state === "WAITING" && row.wakeOn === key).toSorted(byAge);
  const wake = (row: RequestRecord, at: number) => {
    if (row.wakeAt === null || row.wakeAt > at) requests.set(row.id, { ...row, wakeAt: at });
  };
  return {
    hasCome(key) {
      if (key.startsWith(LOCK)) return !locks.has(key.slice(LOCK.length));
      if (!key.startsWith(REQUEST)) return false;
      const row = requests.get(key.slice(REQUEST.length));
      return row === undefined || isRequestTerminal(row.state);
    },
    wakeNextFor(lock, at) {
      const [next] = waitingOn(`${LOCK}${lock}`);
      if (next !== undefined) wake(next, at);
    },
    wakeFollowers(id, at) {
      for (const row of waitingOn(`${REQUEST}${id}`)) wake(row, at);
    },
  };
}

function byAge(left: RequestRecord, right: RequestRecord): number {
  return left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1);
}

function createLocks(locks: Map<string, string>, waits: Waits): LockStore {
  return {
    async tryAcquire(name, holder) {
      if (!locks.has(name)) locks.set(name, holder);
      return locks.get(name) === holder;
    },
    async release(name, holder, at) {
      if (locks.get(name) !== holder) return;
      locks.delete(name);
      waits.wakeNextFor(name, at);
    },
    holderOf: async (name) => locks.get(name) ?? null,
  };
}

function isFree(row: RequestRecord, at: number): boolean {
  if (row.state === "PENDING") return true;
  if (row.state === "WAITING") return row.cancelAsked || (row.wakeAt === null ? row.wakeOn === null : row.wakeAt <= at);
  return row.state === "RUNNING" && (row.leaseUntil === null || row.leaseUntil <= at);
}

function createRequests(requests: Map<string, RequestRecord>, locks: Map<string, string>, waits: Waits): RequestStore {
  const all = () => [...requests.values()];
  const put = (row: RequestRecord, change: Partial<RequestRecord>) => {
    const next = { ...row, ...change };
    requests.set(row.id, next);
    return next;
  };
  const claim = (row: RequestRecord, { owner, until }: Lease, at: number) =>
    put(row, {
      state: "RUNNING",
      startedAt: row.startedAt ?? at,
      runs: row.state === "WAITING" ? row.runs : row.runs + 1,
      token: row.token + 1,
      leaseOwner: owner,
      leaseUntil: until,
      wakeAt: null,
      statusMessage: null,
    });
  const runningOf = (owner: string) => all().filter((row) => row.state === "RUNNING" && row.leaseOwner === owner);
  return {
    async insert(record) {
      requests.set(record.id, structuredClone(record));
    },
    get: async (id) => requests.get(id) ?? null,
    findByPrefix: async (prefix, limit) =>
      all()
        .filter(({ id }) => id.startsWith(prefix))
        .slice(0, limit),
    list: async ({ ids, states, clusterName, userHash, limit }) =>
      all()
        .filter(
          (row) =>
            (ids?.includes(row.id) ?? true) &&
            (states?.includes(row.state) ?? true) &&
            (clusterName === undefined || row.clusterName === clusterName) &&
            (userHash === undefined || row.userHash === userHash),
        )
        .toReversed()
        .toSorted((left, right) => right.createdAt - left.createdAt)
        .slice(0, limit),
    async claim(id, lease, at) {
      const row = requests.get(id);
      return row !== undefined && isFree(row, at) ? claim(row, lease, at) : null;
    },
    claimNext: async (lane, count, lease, at) =>
      all()
        .filter((row) => row.lane === lane && isFree(row, at))
        .toSorted(byAge)
        .slice(0, count)
        .map((row) => claim(row, lease, at)),
    renew: async ({ owner, until }) =>
      runningOf(owner).map((row) => {
        const { id, token, cancelAsked } = put(row, { leaseUntil: until });
        return { id, token, cancelAsked };
      }),
    async wait({ requestId, token }, wish, at) {
      const row = requests.get(requestId);
      if (row?.token !== token || row.state !== "RUNNING") return false;
      put(row, {
        state: "WAITING",
        leaseOwner: null,
        leaseUntil: null,
        wakeAt: waits.hasCome(wish.on) ? at : wish.until,
        wakeOn: wish.on,
        waits: row.wakeOn === wish.on ? row.waits + 1 : 1,
        statusMessage: wish.message,
      });
      return true;
    },
    async letGo(owner) {
      for (const row of runningOf(owner)) put(row, { leaseOwner: null, leaseUntil: null });
    },
    async endLeasesBut(owner) {
      for (const row of all())
        if (row.state === "RUNNING" && row.leaseOwner !== null && row.leaseOwner !== owner) put(row, { leaseUntil: 0 });
    },
    async wakeForgotten(at) {
      for (const row of all()) {
        if (row.state !== "WAITING" || row.wakeOn === null || !waits.hasCome(row.wakeOn)) continue;
        if (row.wakeOn.startsWith(LOCK)) waits.wakeNextFor(row.wakeOn.slice(LOCK.length), at);
        else waits.wakeFollowers(row.wakeOn.slice(REQUEST.length), at);
      }
    },
    async nextDue(owner) {
      const times = all().flatMap((row) => {
        if (row.state === "WAITING") return row.wakeAt ?? [];
        const isOthers = row.state === "RUNNING" && row.leaseOwner !== null && row.leaseOwner !== owner;
        return isOthers ? (row.leaseUntil ?? []) : [];
      });
      return times.length === 0 ? null : Math.min(...times);
    },
    async finish(id, outcome, at, token) {
      const row = requests.get(id);
      if (row === undefined || isRequestTerminal(row.state) || (token !== undefined && row.token !== token))
        return false;
      const isDone = outcome.state === "SUCCEEDED";
      put(row, {
        state: outcome.state,
        finishedAt: at,
        statusMessage: null,
        value: isDone ? outcome.value : null,
        failure: isDone ? null : outcome.failure,
        body: withoutSecrets(row.body),
        leaseOwner: null,
        leaseUntil: null,
        wakeAt: null,
      });
      const freed = [...locks].filter(([, holder]) => holder === id).map(([name]) => name);
      for (const name of freed) locks.delete(name);
      const forgone =
        row.wakeOn?.startsWith(LOCK) === true && waits.hasCome(row.wakeOn) ? [row.wakeOn.slice(LOCK.length)] : [];
      for (const name of new Set([...freed, ...forgone])) waits.wakeNextFor(name, at);
      waits.wakeFollowers(id, at);
      return true;
    },
    async askCancel(id) {
      const row = requests.get(id);
      if (row === undefined || isRequestTerminal(row.state)) return false;
      put(row, { cancelAsked: true });
      return true;
    },
    async prune(before, keep) {
      const ended = all()
        .filter((row) => isRequestTerminal(row.state))
        .toSorted((left, right) => right.createdAt - left.createdAt);
      const gone = ended.filter((row, index) => row.createdAt < before || index >= keep).map(({ id }) => id);
      for (const id of gone) requests.delete(id);
      return gone;
    },
  };
}

function withoutSecrets(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  return Object.fromEntries(Object.entries(body).filter(([key]) => !["task", "dag", "env_vars"].includes(key)));
}

function createClusters(): ClusterStore {
  const clusters = new Map<string, ClusterRecord>();
  const attempts = new Map<string, AttemptRecord>();
  const events: ClusterEventRecord[] = [];
  const intervals: CostInterval[] = [];
  const living = (cid: string) => {
    const row = clusters.get(cid);
    return row?.removedAt === null ? row : undefined;
  };
  const all = () => [...clusters.values()];

  function takeMove(id: string, event: AttemptMove, at: number, note: AttemptNote): AttemptRecord | null {
    const row = attempts.get(id);
    const state = row === undefined ? null : stepOf(attemptLife, row.state, event);
    if (row === undefined || typeof state !== "string") return null;
    const next = { ...row, ...note, state, ...(state === attemptState.removed ? { endedAt: at } : {}) };
    attempts.set(id, next);
    return next;
  }

  function addStateEvent(
    { cid, name }: ClusterRecord,
    [fromState, toState]: readonly [from: ClusterState | null, to: ClusterState],
    { reason, at, requestId }: Pick<StateStep, "at" | "reason" | "requestId">,
  ): void {
    events.push({
      cid,
      clusterName: name,
      at,
      type: "STATUS_CHANGE",
      fromState,
      toState,
      reason,
      requestId: requestId ?? null,
    });
  }

  function settleInterval(row: ClusterRecord, at: number): void {
    const { cid, nodeCount, placement } = row;
    const index = intervals.findIndex((each) => each.cid === cid && each.endedAt === null);
    const open = intervals[index];
    const costs = row.removedAt === null && row.state !== "STOPPED" && placement !== null && row.instances.length > 0;
    const priceUsdPerHour = placement?.priceUsdPerHour ?? 0;
    if (open !== undefined && costs && open.nodeCount === nodeCount && open.priceUsdPerHour === priceUsdPerHour) return;
    if (open !== undefined) intervals[index] = { ...open, endedAt: at };
    if (costs) intervals.push({ cid, startedAt: at, endedAt: null, priceUsdPerHour, nodeCount });
  }

  return {
    async insert(record) {
      if (all().some((row) => row.name === record.name && row.removedAt === null))
        throw new StixError({
          code: "cluster-name-taken",
          message: `cluster '${record.name}' exists already`,
          hint: `stix status ${record.name}`,
        });
      clusters.set(record.cid, record);
      const { state, launchedAt: at, madeBy: requestId } = record;
      addStateEvent(record, [null, state], { reason: "the cluster is being made", at, requestId });
    },
    get: async (cid) => clusters.get(cid) ?? null,
    findByName: async (name) => all().find((row) => row.name === name && row.removedAt === null) ?? null,
    list: async () =>
      all()
        .filter((row) => row.removedAt === null)
        .toSorted((left, right) => right.launchedAt - left.launchedAt),
    listRemoved: async (since) =>
      all()
        .filter((row) => row.removedAt !== null && row.removedAt >= since)
        .toSorted((left, right) => (right.removedAt ?? 0) - (left.removedAt ?? 0)),
    async change(cid, change) {
      const row = living(cid);
      if (row !== undefined) clusters.set(cid, { ...row, ...change });
    },
    async step(cid, step) {
      const row = living(cid);
      if (row === undefined || step.from?.includes(row.state) === false) return false;
      const { attempt } = step;
      const to = clusterAfter(row.state, step.event);
      if (attempt !== undefined && takeMove(attempt.id, attempt.event, step.at, {}) === null) return false;
      const next = { ...row, ...step.change, state: to, statusUpdatedAt: step.at };
      clusters.set(cid, next);
      if (row.state !== to) addStateEvent(row, [row.state, to], step);
      settleInterval(next, step.at);
      return true;
    },
    async markRemoved(cid, at, reason, requestId) {
      const row = living(cid);
      if (row === undefined) return;
      const next = { ...row, removedAt: at, statusUpdatedAt: at, instances: [] };
      clusters.set(cid, next);
      settleInterval(next, at);
      const { name: clusterName, state: fromState } = row;
      events.push({ cid, clusterName, at, type: "TERMINAL", fromState, toState: null, reason, requestId });
    },
    addEvent: async (event) => void events.push(event),
    events: async (cid, type, limit) =>
      events.filter((event) => event.cid === cid && (type === null || event.type === type)).slice(-limit),
    intervals: async (cid) => intervals.filter((interval) => interval.cid === cid),
    async addAttempt(attempt) {
      if (!attempts.has(attempt.id)) attempts.set(attempt.id, attempt);
    },
    moveAttempt: async (id, event, at, note = {}) => takeMove(id, event, at, note),
    attempts: async (cid) => inOrder([...attempts.values()].filter((row) => row.cid === cid)),
    openAttempts: async () => inOrder([...attempts.values()].filter((row) => row.state !== attemptState.removed)),
  };
}

function inOrder(attempts: readonly AttemptRecord[]): readonly AttemptRecord[] {
  return attempts.toSorted((left, right) => left.startedAt - right.startedAt || (left.id < right.id ? -1 : 1));
}
