// The agent's small machines under every order of events: what each promises holds whatever comes.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { LaunchKey } from "#shared/wire/launches.ts";
import { lookAtServer, unseenServer } from "#skylet/bus/server-state.ts";
import { firstRoster, step as rosterStep, type RosterEvent } from "#skylet/head/roster.ts";
import { firstLink, step as linkStep, type LinkEvent } from "#skylet/hub/link-state.ts";
import { firstOutbox, step as outboxStep, type OutboxEvent } from "#skylet/hub/outbox-state.ts";
import { launchName, step as launchesStep, type Launches, type LaunchesEvent } from "#skylet/node/launches.ts";
import {
  firstState,
  judgeHead,
  step as workerStep,
  type WorkerEvent,
  type WorkerEffect,
} from "#skylet/worker/state.ts";

const key = (index: number): LaunchKey => ({ jid: 1, attempt: 1, phase: "run", index });
const keys = fc.integer({ min: 0, max: 2 }).map(key);
const runs = { numRuns: 300 };

describe("node/launches", () => {
  const events: fc.Arbitrary<LaunchesEvent> = fc.oneof(
    keys.map((of) => ({ e: "started", key: of }) as const),
    keys.map((of) => ({ e: "reattached", key: of }) as const),
    fc.record({
      e: fc.constant("found" as const),
      key: keys,
      record: fc.constantFrom(
        { is: "absent" as const },
        { is: "unstarted" as const },
        { is: "running" as const, pid: 1 },
        { is: "broken" as const },
        { is: "exited" as const, exitCode: 3 },
      ),
    }),
    fc.record({ e: fc.constant("reaper-ended" as const), key: keys, exitCode: fc.constantFrom(0, 3, null) }),
    keys.map((of) => ({ e: "swept", key: of }) as const),
  );

  test("an end is told once for each time that a launch was taken up, and never of one that is not watched", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (story) => {
        let state: Launches = new Map();
        for (const event of story) {
          const wasWatched = state.has(launchName(event.key));
          const after = launchesStep(state, event);
          const told = after.effects.filter((effect) => effect.do === "tell");
          expect(told.length).toBeLessThanOrEqual(wasWatched ? 1 : 0);
          if (told.length > 0) expect(after.state.has(launchName(event.key))).toBe(false);
          state = after.state;
        }
      }),
      runs,
    );
  });

  test("what somebody's kill left is swept once, and then it has ended as killed", () => {
    const started = launchesStep(new Map(), { e: "started", key: key(0) }).state;
    const broken = launchesStep(started, { e: "reaper-ended", key: key(0), exitCode: null });
    const again = launchesStep(broken.state, { e: "reaper-ended", key: key(0), exitCode: null });
    const swept = launchesStep(again.state, { e: "swept", key: key(0) });

    expect(broken.effects).toEqual([{ do: "sweep", key: key(0) }]);
    expect(again.effects).toEqual([]);
    expect(swept.effects).toEqual([{ do: "tell", key: key(0), exitCode: 137 }]);
  });
});

describe("worker/state", () => {
  const events: fc.Arbitrary<WorkerEvent> = fc.oneof(
    fc.constant({ e: "head-may-be-new" } as const),
    fc.boolean().map((ok) => ({ e: "registration-answered", ok }) as const),
    fc.constant({ e: "register-again" } as const),
    keys.map((of) => ({ e: "exited", key: of, exitCode: of.index }) as const),
    fc.record({
      e: fc.constant("notice-answered" as const),
      name: keys.map((of) => JSON.stringify(of)),
      ok: fc.boolean(),
    }),
    fc.constant({ e: "tell-again" } as const),
  );

  test("an end is kept until the head has confirmed it, and one registration is under way at a time", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 60 }), (story) => {
        let state = firstState({ inc: 0, run: 0 });
        const unheard = new Set<string>();
        let underWay = 0;
        for (const event of story) {
          if (event.e === "registration-answered" && underWay === 0) continue;
          if (event.e === "registration-answered") underWay--;
          if (event.e === "exited") unheard.add(JSON.stringify(event.key));
          if (event.e === "notice-answered" && event.ok) unheard.delete(event.name);
          const after = workerStep(state, event);
          underWay += after.effects.filter((effect: WorkerEffect) => effect.do === "register").length;
          state = after.state;
          expect(underWay).toBeLessThanOrEqual(1);
          expect([...state.notices.keys()].sort()).toEqual([...unheard].sort());
        }
      }),
      runs,
    );
  });

  test("the highest head is obeyed, an older one is fenced, one without a number waits", () => {
    const identity = fc.record({ inc: fc.integer({ min: 0, max: 3 }), run: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(fc.array(identity, { maxLength: 20 }), (heads) => {
        let state = firstState({ inc: 0, run: 0 });
        for (const head of heads) {
          const before = state.head;
          const { is, state: after } = judgeHead(state, head);
          const isOlder = head.inc < before.inc || (head.inc === before.inc && head.run < before.run);
          if (is === "obey") expect(isOlder).toBe(false);
          if (is === "obey") expect(after.head).toEqual(head);
          else expect(after.head).toEqual(before);
          if (head.inc === 0 && before.inc > 0) expect(is).toBe("pending");
          state = after;
        }
      }),
      runs,
    );
  });
});

describe("head/roster", () => {
  test("a worker goes from up to suspect to lost only, and comes back by a word of its own", () => {
    const events = fc.oneof(
      fc.constant<RosterEvent>({ e: "look" }),
      fc.constant<RosterEvent>({ e: "beat", nid: "n1" }),
      fc.constantFrom("a", "b").map((bootId): RosterEvent => ({ e: "registered", nid: "n1", bootId, run: 1 })),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(events, fc.integer({ min: 1, max: 12_000 })), { maxLength: 40 }), (story) => {
        let now = 0;
        let state = firstRoster(["n1"], { boots: {}, lostMs: 30_000, now });
        let boot: string | null = null;
        for (const [event, ms] of story) {
          now += ms;
          const before = state.workers.get("n1")?.state;
          const after = rosterStep(state, event, { monotonic: now, wall: now });
          const posts = after.effects.flatMap((effect) => (effect.do === "post" ? [effect.f] : []));
          state = after.state;
          const entry = state.workers.get("n1");
          if (event.e === "registered") {
            expect(posts).toEqual([boot !== null && boot !== event.bootId ? "node-restarted" : "node-up"]);
            boot = event.bootId;
          }
          if (event.e === "look" && posts.includes("node-suspect")) expect(before).toBe("up");
          if (entry?.state === "up") expect(now - entry.seenAt).toBeLessThanOrEqual(30_000);
        }
      }),
      runs,
    );
  });

  test("a head that slept takes nobody for lost", () => {
    const up = rosterStep(
      firstRoster(["n1"], { boots: {}, lostMs: 30_000, now: 0 }),
      { e: "registered", nid: "n1", bootId: "a", run: 1 },
      { monotonic: 1, wall: 1 },
    ).state;

    expect(rosterStep(up, { e: "look" }, { monotonic: 3_600_000, wall: 0 }).effects).toEqual([]);
  });
});

describe("hub/link-state and hub/outbox-state", () => {
  test("one registration and one batch are under way at a time, and pauses grow to five seconds", () => {
    const events = fc.oneof(
      fc.constantFrom<LinkEvent>({ e: "register" }, { e: "pause-over" }, { e: "beat" }),
      fc.constant<LinkEvent>({ e: "answered", reply: null }),
      fc.constant<LinkEvent>({
        e: "answered",
        reply: { ok: true, proto: 1, inc: 1, epoch: 1, acked: 0, credentials: null },
      }),
    );
    fc.assert(
      fc.property(fc.array(events, { maxLength: 60 }), (story) => {
        let state = linkStep(firstLink({ gen: 0, list: ["a"] }), { e: "start" }).state;
        let underWay = 0;
        for (const event of story) {
          if (event.e === "answered" && underWay === 0) continue;
          if (event.e === "answered") underWay--;
          const after = linkStep(state, event);
          state = after.state;
          underWay += after.effects.filter((effect) => effect.do === "register").length;
          expect(underWay).toBeLessThanOrEqual(1);
          expect(state.registration === "under-way" || state.registration === "anew").toBe(underWay === 1);
          for (const effect of after.effects) if (effect.do === "later") expect(effect.ms).toBeLessThanOrEqual(5_000);
        }
      }),
      runs,
    );
  });

  test("a hub that moved is dialled once, and what an earlier dial brings is of no use", () => {
    let state = linkStep(firstLink({ gen: 1, list: ["a"] }), { e: "start" }).state;
    const moved = linkStep(state, { e: "endpoints", found: { gen: 2, list: ["b"] } });
    state = moved.state;

    expect(moved.effects.map((effect) => effect.do)).toEqual(["close", "dial"]);
    expect(linkStep(state, { e: "endpoints", found: { gen: 2, list: ["b"] } }).effects).toEqual([]);
    expect(linkStep(state, { e: "dial-failed", attempt: 1 }).effects).toEqual([]);
  });

  test("the outbox's cursor never goes back but by a registration, and nothing flows before one", () => {
    const events = fc.oneof(
      fc.constantFrom<OutboxEvent>({ e: "wake" }, { e: "empty" }),
      fc.integer({ min: 0, max: 9 }).map((acked): OutboxEvent => ({ e: "registered", inc: 1, acked })),
      fc.record({
        e: fc.constant("answered" as const),
        sent: fc.integer({ min: 0, max: 9 }),
        reply: fc.oneof(
          fc.constant(null),
          fc.integer({ min: 0, max: 9 }).map((acked) => ({ ok: true as const, acked })),
          fc.constant({ ok: false as const, error: "register-first" as const }),
        ),
      }),
    );
    fc.assert(
      fc.property(fc.array(events, { maxLength: 60 }), (story) => {
        let state = firstOutbox(0);
        for (const event of story) {
          const after = outboxStep(state, event);
          if (state.inc === null && event.e !== "registered")
            expect(after.effects.filter((effect) => effect.do === "send")).toEqual([]);
          if (event.e !== "registered") expect(after.state.acked).toBeGreaterThanOrEqual(state.acked);
          state = after.state;
        }
      }),
      runs,
    );
  });
});

test("bus/server-state: a server that dies young is started more and more rarely, one that lived is started at once", () => {
  let state = unseenServer;
  const starts: number[] = [];
  for (let now = 0; now <= 30_000; now += 250) {
    const seen = lookAtServer(state, false, now);
    state = seen.state;
    if (seen.mustStart) starts.push(now);
  }

  expect(starts.slice(0, 5)).toEqual([0, 250, 500, 1_000, 2_000]);
  expect(Math.max(...starts.map((at, index) => at - (starts[index - 1] ?? 0)))).toBe(5_000);
  expect(lookAtServer(state, false, 100_000)).toMatchObject({ mustStart: true, state: { pauseMs: 0 } });
});
