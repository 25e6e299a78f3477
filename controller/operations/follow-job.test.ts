// Following a job against a twin of its head: every byte once and in order, through absences of the head, new attempts and cursors.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cursorKey, type LogFrame } from "#shared/api/log-frames.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { JobRecord } from "#shared/wire/rpc.ts";
import { twinWorld, type TwinWorld } from "#test/twins/twin-world.ts";
import { followJob } from "./follow-job.ts";

interface Seen {
  readonly frames: LogFrame[];
  /** By cursor key: what came, each piece checked to begin where the one before ended. */
  readonly bytes: Map<string, Uint8Array>;
}

async function ready(nodes = 1, setup = ""): Promise<{ readonly twin: TwinWorld; readonly cid: string }> {
  const twin = twinWorld();
  await twin.ask("launch", { cluster_name: "c", task: `name: t\nnum_nodes: ${nodes}\n${setup}run: x\n` });
  return { twin, cid: (await twin.world.clusters.findByName("c"))?.cid ?? "" };
}

function follow(
  twin: TwinWorld,
  options: {
    readonly cursors?: Record<string, number>;
    readonly follow?: boolean;
    readonly tail?: number;
    readonly signal?: AbortSignal;
  } = {},
): { readonly seen: Seen; readonly done: Promise<JobRecord> } {
  const seen: Seen = { frames: [], bytes: new Map() };
  const done = followJob(
    twin.world,
    {
      cluster_name: "c",
      job_id: 1,
      follow: options.follow ?? true,
      tail: options.tail ?? 0,
      cursors: options.cursors ?? {},
      signal: options.signal ?? new AbortController().signal,
    },
    async (frame, body = new Uint8Array()) => {
      seen.frames.push(frame);
      if (frame.t !== "out") return;
      const key = cursorKey(frame.attempt, frame.stream, frame.rank);
      const before = seen.bytes.get(key) ?? new Uint8Array();
      const start = options.cursors?.[key] ?? 0;
      if (options.tail === undefined) expect(frame.off).toBe(start + before.length);
      seen.bytes.set(key, Buffer.concat([before, body]));
    },
  );
  return { seen, done };
}

const ranks = (count: number, pid: number | null = 9) =>
  Array.from({ length: count }, (_, rank) => ({ rank, nid: `n${rank}`, pid, exitCode: null }));
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
const text = (seen: Seen, key: string) => new TextDecoder().decode(seen.bytes.get(key));

describe("operations/follow-job", () => {
  test("setup first, then the run, then the end with its reason", async () => {
    const { twin, cid } = await ready(1, "setup: y\n");
    const { seen, done } = follow(twin);
    twin.heads.change(cid, 1, { state: "SETTING_UP", attempt: 1, ranks: ranks(1, null) });
    twin.heads.write(cid, "1/1/setup/0", "installing\n");
    await turn();
    twin.heads.write(cid, "1/1/setup/0", "done\n", true);
    twin.heads.change(cid, 1, { state: "RUNNING", ranks: ranks(1) });
    twin.heads.write(cid, "1/1/run/0", "hello\n", true);
    twin.heads.change(cid, 1, { state: "SUCCEEDED" });
    await done;

    expect([text(seen, "1/setup/0"), text(seen, "1/run/0")]).toEqual(["installing\ndone\n", "hello\n"]);
    const order = seen.frames.filter((frame) => frame.t === "out").map((frame) => frame.stream);
    expect(order.lastIndexOf("setup")).toBeLessThan(order.indexOf("run"));
    expect(seen.frames.at(-1)).toMatchObject({ t: "end", state: "SUCCEEDED" });
    const shown = seen.frames.findIndex((frame) => frame.t === "out" && frame.stream === "run");
    expect(seen.frames.slice(0, shown).some((frame) => frame.t === "job" && frame.ranks[0]?.pid === 9)).toBe(true);
  });

  test("the first line of a job without setup is one question away, and asks for nothing else first", async () => {
    const { twin, cid } = await ready();
    const asked: string[] = [];
    const { agents } = twin.world;
    const call: typeof agents.call = (to, method, params, options) => {
      asked.push(method);
      return agents.call(to, method, params, options);
    };
    const readLog: typeof agents.readLog = (to, params, options) => {
      asked.push(`read ${params.stream}`);
      return agents.readLog(to, params, options);
    };
    let askedBefore: readonly string[] = [];
    const line = Promise.withResolvers<void>();
    twin.heads.write(cid, "1/1/run/0", "hello\n");
    twin.heads.change(cid, 1, { state: "RUNNING", attempt: 1, ranks: ranks(1) });

    const done = followJob(
      { ...twin.world, agents: { ...agents, call, readLog } },
      { cluster_name: "c", job_id: 1, follow: true, tail: 0, cursors: {}, signal: new AbortController().signal },
      async (frame) => {
        if (frame.t !== "out") return;
        askedBefore = [...asked];
        line.resolve();
      },
    );
    await line.promise;
    twin.heads.write(cid, "1/1/run/0", "", true);
    twin.heads.change(cid, 1, { state: "SUCCEEDED" });
    await done;

    expect(askedBefore.toSorted()).toEqual(["job.get", "job.wait", "read run"]);
    expect(asked.filter((each) => each === "read setup")).toEqual([]);
  });

  test("a new attempt is followed after the one before", async () => {
    const { twin, cid } = await ready();
    const { seen, done } = follow(twin);
    twin.heads.change(cid, 1, { state: "RUNNING", attempt: 1, ranks: ranks(1) });
    twin.heads.write(cid, "1/1/setup/0", "", true);
    twin.heads.write(cid, "1/1/run/0", "first\n", true);
    await turn();
    twin.heads.write(cid, "1/2/setup/0", "", true);
    twin.heads.change(cid, 1, { state: "RUNNING", attempt: 2 });
    await turn();
    twin.heads.write(cid, "1/2/run/0", "second\n", true);
    twin.heads.change(cid, 1, { state: "SUCCEEDED" });
    await done;

    expect([text(seen, "1/run/0"), text(seen, "2/run/0")]).toEqual(["first\n", "second\n"]);
  });

  test("without following, what is there is given, and no end of what goes on", async () => {
    const { twin, cid } = await ready();
    twin.heads.change(cid, 1, { state: "RUNNING", attempt: 1, ranks: ranks(1) });
    twin.heads.write(cid, "1/1/run/0", "a\nb\nc\n");

    const { seen, done } = follow(twin, { follow: false, tail: 2 });
    await done;

    expect(text(seen, "1/run/0")).toBe("b\nc\n");
    expect(seen.frames.some((frame) => frame.t === "end")).toBe(false);
  });

  test("a job that waits for ever can be left", async () => {
    const { twin } = await ready();
    const leave = new AbortController();
    const { done } = follow(twin, { signal: leave.signal });
    await turn();

    leave.abort(new Error("gone"));

    await expect(done).rejects.toThrow("gone");
  });

  test("a cluster that is taken down ends its followers with an error", async () => {
    const { twin, cid } = await ready();
    const { done } = follow(twin);
    await twin.ask("down", { cluster_name: "c" });
    twin.heads.change(cid, 1, {});

    await expect(done).rejects.toThrow("cluster 'c' was removed, and the job ended with it");
  });

  test("an answer that was overtaken by the job's end does not undo it", async () => {
    const { twin, cid } = await ready();
    const release = Promise.withResolvers<void>();
    const { agents } = twin.world;
    const call = async (...asked: Parameters<typeof agents.call>) => {
      const answer = await agents.call(...asked);
      // The follower asks for its job once at the beginning, and once when output comes of a process it does not know.
      if (asked[1] === "job.get" && (answer as { jobs: JobRecord[] }).jobs[0]?.state === "RUNNING")
        await release.promise;
      return answer;
    };
    const world = { ...twin.world, agents: { ...agents, call: call as typeof agents.call } };
    const { seen, done } = follow({ ...twin, world });
    await turn();
    twin.heads.change(cid, 1, { state: "RUNNING", attempt: 1, ranks: ranks(1, null) });
    twin.heads.write(cid, "1/1/setup/0", "", true);
    twin.heads.write(cid, "1/1/run/0", "hello\n");
    await turn();
    twin.heads.change(cid, 1, { state: "SUCCEEDED" });
    while (!seen.frames.some((frame) => frame.t === "job" && frame.state === "SUCCEEDED")) await turn();

    release.resolve();
    twin.heads.write(cid, "1/1/run/0", "", true);
    const ended = await done;

    expect(ended.state).toBe("SUCCEEDED");
    expect(text(seen, "1/run/0")).toBe("hello\n");
    expect(seen.frames.at(-1)).toMatchObject({ t: "end", state: "SUCCEEDED" });
  }, 5_000);

  test("however late answers about the job come, the follower ends with the job", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        async (delays, waits) => {
          const { twin, cid } = await ready(3);
          const { agents } = twin.world;
          let asked = 0;
          const call = async (...question: Parameters<typeof agents.call>) => {
            const answer = await agents.call(...question);
            for (let left = delays[asked++ % delays.length] ?? 0; left > 0; left -= 1) await turn();
            return answer;
          };
          const { seen, done } = follow({
            ...twin,
            world: { ...twin.world, agents: { ...agents, call: call as typeof agents.call } },
          });
          twin.heads.change(cid, 1, { state: "RUNNING", attempt: 1, ranks: ranks(3, null) });
          for (const rank of [0, 1, 2]) twin.heads.write(cid, `1/1/setup/${rank}`, "", true);
          for (const rank of [0, 1, 2]) {
            twin.heads.write(cid, `1/1/run/${rank}`, `${rank}\n`, true);
            if (waits[rank] === true) await turn();
          }
          twin.heads.change(cid, 1, { state: "SUCCEEDED" });

          const ended = await done;

          expect(ended.state).toBe("SUCCEEDED");
          expect([0, 1, 2].map((rank) => text(seen, `1/run/${rank}`))).toEqual(["0\n", "1\n", "2\n"]);
        },
      ),
      { numRuns: 60 },
    );
  }, 20_000);

  test("output on a lost node is told as missing, of that rank alone, and the follower ends with the job", async () => {
    const { twin, cid } = await ready(2);
    const { agents } = twin.world;
    const lost = new StixError({
      code: "agent-unreachable",
      message: "worker1 does not answer",
      hint: "wait",
      details: { refusal: "not-ready", lost: true },
    });
    const readLog: typeof agents.readLog = async (at, params, options) => {
      if (params.rank === 1 && params.stream === "run") throw lost;
      return await agents.readLog(at, params, options);
    };
    const { seen, done } = follow({ ...twin, world: { ...twin.world, agents: { ...agents, readLog } } });
    twin.heads.change(cid, 1, { state: "RUNNING", attempt: 1, ranks: ranks(2) });
    for (const rank of [0, 1]) twin.heads.write(cid, `1/1/setup/${rank}`, "", true);
    twin.heads.write(cid, "1/1/run/0", "hello\n", true);
    await turn();
    const notesBefore = seen.frames.filter(
      (frame) => frame.t === "ping" && frame.note?.includes("is missing") === true,
    );

    twin.heads.change(cid, 1, { state: "FAILED_DRIVER", reason: "worker1 does not answer any more" });
    const ended = await done;

    const notes = seen.frames.flatMap((frame) =>
      frame.t === "ping" && frame.note?.includes("is missing") === true ? [frame.note] : [],
    );
    expect(notesBefore).toEqual([]);
    expect(ended.state).toBe("FAILED_DRIVER");
    expect(notes).toEqual([
      "Output of rank 1 (worker1) is missing: worker1 does not answer. After 'stix start c': stix logs c 1",
    ]);
    expect(text(seen, "1/run/0")).toBe("hello\n");
  }, 5_000);

  test("whatever is written when, and whenever the head is away: every byte once and in order, also after a break", async () => {
    const step = fc.record({
      rank: fc.integer({ min: 0, max: 2 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      away: fc.boolean(),
      wait: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: 0, max: 12 }),
        async (nodes, steps, breakAt) => {
          const { twin, cid } = await ready(nodes);
          const wanted = new Map<string, Buffer>();
          twin.heads.change(cid, 1, { state: "RUNNING", attempt: 1, ranks: ranks(nodes) });
          for (let rank = 0; rank < nodes; rank += 1) twin.heads.write(cid, `1/1/setup/${rank}`, "", true);
          const leave = new AbortController();
          const first = follow(twin, { signal: leave.signal });
          const left = first.done.catch(() => undefined);
          // A newcomer is told soon when the head is away: here everybody finds it at first.
          await turn();
          let second: ReturnType<typeof follow> | null = null;
          for (const [index, { rank, bytes, away, wait }] of steps.entries()) {
            twin.heads.isAway = away;
            const mine = rank % nodes;
            wanted.set(`1/run/${mine}`, Buffer.concat([wanted.get(`1/run/${mine}`) ?? Buffer.alloc(0), bytes]));
            twin.heads.write(cid, `1/1/run/${mine}`, bytes);
            if (wait) await turn();
            if (index === breakAt) {
              leave.abort(new Error("a break"));
              await left;
              twin.heads.isAway = false;
              second = follow(twin, {
                cursors: Object.fromEntries([...first.seen.bytes].map(([key, got]) => [key, got.length])),
              });
              await turn();
            }
          }
          twin.heads.isAway = false;
          for (let rank = 0; rank < nodes; rank += 1) twin.heads.write(cid, `1/1/run/${rank}`, new Uint8Array(), true);
          twin.heads.change(cid, 1, { state: "SUCCEEDED" });
          await (second ?? first).done;

          for (const [key, bytes] of wanted) {
            const got = Buffer.concat([
              first.seen.bytes.get(key) ?? Buffer.alloc(0),
              second?.seen.bytes.get(key) ?? Buffer.alloc(0),
            ]);
            expect(got.equals(bytes)).toBe(true);
          }
          leave.abort(new Error("over"));
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
