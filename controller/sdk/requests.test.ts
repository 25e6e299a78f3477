// Following a request's log through a server that dies: no byte twice, none missing.
import { describe, expect, test } from "bun:test";
import { logFollowBodySchema } from "#shared/api/log-follow-body.ts";
import { createLogFrameDecoder, encodeLogFrame, type LogFrame } from "#shared/api/log-frames.ts";
import { tornServer } from "#test/twins/torn-server.ts";
import { follow, followJob } from "./logs.ts";
import { followRequest, submit, valueOf } from "./requests.ts";

describe("sdk/requests", () => {
  test("a followed log goes on at its offset after every break", async () => {
    const log = new TextEncoder().encode(Array.from({ length: 500 }, (_, at) => `line ${at} čř\n`).join(""));
    const offsets: number[] = [];
    using served = tornServer(({ query }) => {
      const offset = Number(query.get("offset") ?? 0);
      offsets.push(offset);
      const rest = log.slice(offset);
      return offsets.length < 4 ? { body: rest.slice(0, 1000), torn: true } : { body: rest };
    });
    const seen: Uint8Array[] = [];

    for await (const chunk of followRequest(served.connection, "r-1")) seen.push(chunk.slice());

    expect(Buffer.concat(seen).toString()).toBe(Buffer.from(log).toString());
    expect(offsets.length).toBeGreaterThanOrEqual(4);
  });

  test("after a break a tail goes on where it began, by the server's word", async () => {
    const asked: string[] = [];
    using served = tornServer(({ query }) => {
      asked.push(`${query.get("tail")}/${query.get("offset")}`);
      const place = { "x-stix-stream-offset": query.get("offset") ?? "90" };
      const rest = "one\ntwo\n".slice(Number(query.get("offset") ?? 90) - 90);
      return asked.length === 1
        ? { body: rest.slice(0, 4), torn: true, headers: place }
        : { body: rest, headers: place };
    });
    let text = "";

    for await (const chunk of followRequest(served.connection, "r-1", { tail: 2 }))
      text += new TextDecoder().decode(chunk);

    expect(text).toBe("one\ntwo\n");
    expect(asked).toEqual(["2/null", expect.stringMatching(/^null\/9[04]$/)]);
  });

  test("a request's value comes from its record, and its error as the server worded it", async () => {
    using served = tornServer(({ query }) => {
      const id = query.get("request_id");
      if (id === "good")
        return { body: JSON.stringify({ status: "SUCCEEDED", return_value: '{"job_id":4}', error: "null" }) };
      const error = JSON.stringify({
        type: "ClusterNotUpError",
        message: "cluster 'x' is STOPPED",
        object: "",
        stix: { code: "cluster-not-up", hint: "stix start x", details: {} },
      });
      return {
        status: 500,
        body: JSON.stringify({ detail: { request_id: id, status: "FAILED", return_value: "null", error } }),
      };
    });

    expect(await valueOf(served.connection, "good")).toEqual({ job_id: 4 });
    await expect(valueOf(served.connection, "bad")).rejects.toMatchObject({
      code: "cluster-not-up",
      hint: "stix start x",
      details: { requestId: "bad" },
    });
  });

  test("a submission whose answer was lost is sent again under the same key, to a server that knows keys", async () => {
    const keys: string[] = [];
    using served = tornServer(({ path, head }) => {
      if (path === "/api/health") return { body: "{}", headers: { "x-stix-version": "0.1.0" } };
      keys.push(/x-stix-request-key: (\S+)/i.exec(head)?.[1] ?? "");
      return keys.length < 3 ? { body: "", silent: true } : { body: "null" };
    });

    expect(await submit(served.connection, "exec", { cluster_name: "c", task: "" })).toBe("r-1");

    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("a submission whose answer was lost is not sent twice to a server that knows no keys", async () => {
    let submissions = 0;
    using served = tornServer(({ path }) => {
      if (path === "/api/health") return { body: "{}" };
      submissions += 1;
      return { body: "", silent: true };
    });

    await expect(submit(served.connection, "exec", { cluster_name: "c", task: "" })).rejects.toMatchObject({
      code: "server-unreachable",
    });

    expect(submissions).toBe(1);
  });

  test("SkyPilot's own errors are known by their class", async () => {
    using served = tornServer(() => ({
      status: 500,
      body: JSON.stringify({
        detail: {
          status: "FAILED",
          error: JSON.stringify({ type: "ClusterDoesNotExist", message: "Cluster 'x' does not exist.", object: "" }),
        },
      }),
    }));

    await expect(valueOf(served.connection, "r-2")).rejects.toMatchObject({
      code: "cluster-not-found",
      hint: "{program} api logs r-2",
    });
  });

  test("a server that speaks no version we know is told by both versions", async () => {
    using served = tornServer(() => ({
      body: "null",
      headers: { "x-skypilot-api-version": "3", "x-skypilot-version": "0.2.0" },
    }));

    await expect(submit(served.connection, "launch", { cluster_name: "c", task: "" })).rejects.toMatchObject({
      code: "version-mismatch",
      message: expect.stringContaining("0.2.0 with API 3"),
    });
  });
});

describe("sdk/logs", () => {
  test("every byte of every rank is given once through torn answers, and a newer job does not take its place", async () => {
    const outputs = [0, 1].map((rank) =>
      Buffer.from(Array.from({ length: 300 + 50 * rank }, (_, at) => `rank ${rank} line ${at}\n`).join("")),
    );
    const asked: (number | null)[] = [];
    using served = tornServer((request) => {
      const body = logFollowBodySchema.parse(JSON.parse(request.body));
      asked.push(body.job_id);
      const job: LogFrame = { t: "job", jobId: 7, name: "x", state: "RUNNING", attempt: 1, ranks: [], clusterNodes: 2 };
      const frames = [encodeLogFrame(job), encodeLogFrame({ t: "ping" })];
      for (const rank of [0, 1]) {
        const from = body.cursors[`1/run/${rank}`] ?? 0;
        const rest = outputs[rank]?.subarray(from, from + 1500 - 500 * rank) ?? new Uint8Array();
        if (rest.length > 0)
          frames.push(encodeLogFrame({ t: "out", attempt: 1, stream: "run", rank, off: from }, rest));
      }
      const done = [0, 1].every((rank) => (body.cursors[`1/run/${rank}`] ?? 0) >= (outputs[rank]?.length ?? 0));
      if (done) frames.push(encodeLogFrame({ t: "end", jobId: 7, state: "SUCCEEDED" }));
      const bytes = new Uint8Array(Buffer.concat(frames));
      // Torn in the middle of the last frame: what came in part is asked for again.
      const both = frames.length === 4;
      return done || !both ? { body: bytes } : { body: bytes.slice(0, bytes.length - 5), torn: true };
    });
    const seen = [Buffer.alloc(0), Buffer.alloc(0)];

    const end = await followJob(
      follow(served.connection, { cluster: "c", jobId: null, follow: true, tail: 0 }),
      (frame, body) => {
        if (frame.t === "out") seen[frame.rank] = Buffer.concat([seen[frame.rank] ?? Buffer.alloc(0), body]);
      },
    );

    expect(end).toEqual({ jobId: 7, state: "SUCCEEDED" });
    expect(seen.map(String)).toEqual(outputs.map(String));
    expect(asked[0]).toBeNull();
    expect(new Set(asked.slice(1))).toEqual(new Set([7]));
    expect(createLogFrameDecoder()(new Uint8Array())).toEqual([]);
  });
});
