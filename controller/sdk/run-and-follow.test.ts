// One connection for a request and its job: complete through a break at any byte, and with a server that does not know how.
import { describe, expect, test } from "bun:test";
import { logFollowBodySchema } from "#shared/api/log-follow-body.ts";
import { encodeLogFrame, FOLLOW_HEADER, LOG_FRAMES_TYPE, type LogFrame } from "#shared/api/log-frames.ts";
import { tornServer, type Asked, type TornAnswer } from "#test/twins/torn-server.ts";
import { runAndFollow, type Outcome } from "./run-and-follow.ts";

const log = new TextEncoder().encode("Submitting\n✓ Job submitted, ID: 7\n");
const output = new TextEncoder().encode(Array.from({ length: 40 }, (_, at) => `line ${at}\n`).join(""));
const value = { job_id: 7, handle: { cluster_name: "c" } };
const job: LogFrame = { t: "job", jobId: 7, name: "x", state: "RUNNING", attempt: 1, ranks: [], clusterNodes: 1 };
const end: LogFrame = { t: "end", jobId: 7, state: "SUCCEEDED" };

/** All that one answer holds. */
const whole = Buffer.concat([
  encodeLogFrame({ t: "log", off: 0 }, log.slice(0, 11)),
  encodeLogFrame({ t: "ping" }),
  encodeLogFrame({ t: "log", off: 11 }, log.slice(11)),
  encodeLogFrame({ t: "value" }, new TextEncoder().encode(JSON.stringify(value))),
  encodeLogFrame(job),
  encodeLogFrame({ t: "out", attempt: 1, stream: "run", rank: 0, off: 0 }, output.slice(0, 100)),
  encodeLogFrame({ t: "out", attempt: 1, stream: "run", rank: 0, off: 100 }, output.slice(100)),
  encodeLogFrame({ t: "ping", note: "worker1 does not answer" }),
  encodeLogFrame(end),
]);
const frames = { "content-type": LOG_FRAMES_TYPE };

/** What the ordinary calls answer. */
function ordinary({ path, query, body }: Asked): TornAnswer {
  if (path.startsWith("/api/stream")) return { body: log.slice(Number(query.get("offset") ?? 0)) };
  if (path.startsWith("/api/get"))
    return { body: JSON.stringify({ status: "SUCCEEDED", return_value: JSON.stringify(value), error: "null" }) };
  const from = logFollowBodySchema.parse(JSON.parse(body)).cursors["1/run/0"] ?? 0;
  return {
    headers: frames,
    body: new Uint8Array(
      Buffer.concat([
        encodeLogFrame(job),
        encodeLogFrame({ t: "out", attempt: 1, stream: "run", rank: 0, off: from }, output.slice(from)),
        encodeLogFrame(end),
      ]),
    ),
  };
}

interface Seen extends Outcome {
  readonly log: string;
  readonly output: string;
  readonly paths: readonly string[];
  readonly values: readonly unknown[];
  readonly notes: readonly string[];
}

async function run(first: TornAnswer, then: (asked: Asked) => TornAnswer = ordinary): Promise<Seen> {
  const paths: string[] = [];
  const seen = { log: "", output: "" };
  const values: unknown[] = [];
  const wishes: string[] = [];
  const notes: string[] = [];
  using served = tornServer((asked) => {
    paths.push(asked.path.split("?")[0] ?? "");
    if (asked.path !== "/exec") return then(asked);
    wishes.push(new RegExp(`${FOLLOW_HEADER}: (\\w+)`, "i").exec(asked.head)?.[1] ?? "");
    return first;
  });
  const decoder = new TextDecoder();
  const outcome = await runAndFollow(
    served.connection,
    { name: "exec", body: { cluster_name: "c", task: "" }, jobOf: "c" },
    {
      accepted: () => undefined,
      log: (chunk) => void (seen.log += decoder.decode(chunk, { stream: true })),
      value: (given) => void values.push(given),
      frame: (frame, body) => {
        if (frame.t === "out") seen.output += new TextDecoder().decode(body);
        if (frame.t === "ping" && frame.note !== undefined) notes.push(frame.note);
      },
    },
    new AbortController().signal,
  );
  expect(wishes).toEqual(["job"]);
  return { ...outcome, ...seen, paths, values, notes };
}

const complete = {
  log: new TextDecoder().decode(log),
  output: new TextDecoder().decode(output),
  value,
  values: [value],
  end: { jobId: 7, state: "SUCCEEDED" },
};

describe("sdk/run-and-follow", () => {
  test("the answer to one call holds everything", async () => {
    const seen = await run({ headers: frames, body: new Uint8Array(whole) });

    expect(seen).toMatchObject(complete);
    expect(seen.notes).toEqual(["worker1 does not answer"]);
    expect(seen.paths).toEqual(["/exec"]);
  });

  test("after a break anywhere the rest is fetched: no byte twice, none missing", async () => {
    const cuts = Array.from({ length: 40 }, (_, at) => Math.floor((at * (whole.length - 1)) / 39));
    const all = await Promise.all(
      cuts.map((cut) => run({ headers: frames, body: new Uint8Array(whole.subarray(0, cut)), torn: true })),
    );

    for (const [at, seen] of all.entries()) expect(seen, `cut at ${cuts[at]}`).toMatchObject(complete);
  }, 30_000);

  test("a server that answers only the id is asked for each part", async () => {
    const seen = await run({ body: "null" });

    expect(seen).toMatchObject(complete);
    expect(new Set(seen.paths)).toEqual(new Set(["/exec", "/api/stream", "/api/get", "/stix/v1/logs"]));
  });

  test("a request that failed gives its own error, in the server's words", async () => {
    const error = JSON.stringify({
      type: "ClusterNotUpError",
      message: "cluster 'c' is STOPPED",
      object: "",
      stix: { code: "cluster-not-up", hint: "stix start c", details: {} },
    });
    const failed = (asked: Asked): TornAnswer =>
      asked.path.startsWith("/api/get")
        ? { status: 500, body: JSON.stringify({ detail: { status: "FAILED", return_value: "null", error } }) }
        : ordinary(asked);

    await expect(
      run({ headers: frames, body: new Uint8Array(encodeLogFrame({ t: "log", off: 0 }, log)) }, failed),
    ).rejects.toMatchObject({ code: "cluster-not-up", hint: "stix start c" });
  });

  test("what fails in following the job is said, and the job is not asked for again", async () => {
    const lost = Buffer.concat([
      encodeLogFrame({ t: "value" }, new TextEncoder().encode(JSON.stringify(value))),
      encodeLogFrame({ t: "error", code: "agent-unreachable", message: "gone", hint: "stix start c" }),
    ]);

    await expect(run({ headers: frames, body: new Uint8Array(lost) })).rejects.toMatchObject({
      code: "agent-unreachable",
      hint: "stix start c",
    });
  });
});
