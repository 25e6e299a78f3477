// The HTTP interface as SkyPilot's clients see it: headers, gates, forms of errors, requests, streams, uploads.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { createLogFrameDecoder } from "#shared/api/log-frames.ts";
import { twinServer } from "#test/twins/twin-server.ts";
import { pickledNone } from "./skypilot/pickle.ts";
import { maskCommand } from "./requests/new-request.ts";

const launchBody = { cluster_name: "c", task: "name: t\nrun: echo hi\n", entrypoint_command: "sky launch -c c" };

describe("every answer", () => {
  test("has an id, security headers, and version headers for a client that named its own", async () => {
    using server = twinServer();

    const answer = await server.call("GET", "/api/health");

    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-skypilot-api-version")).toBe("62");
    expect(answer.headers.get("x-skypilot-version")).toBe("0.14.1");
    expect(answer.headers.get("x-skypilot-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    for (const name of [
      "content-security-policy",
      "x-frame-options",
      "x-content-type-options",
      "referrer-policy",
      "permissions-policy",
    ])
      expect(answer.headers.has(name)).toBe(true);
    expect(await answer.json()).toMatchObject({ status: "healthy", api_version: "62", version: "0.14.1" });
    const silent = await server.service.world.requests.list({});
    expect(silent).toEqual([]);
  });

  test("that comes piece by piece is passed on by proxies at once and unchanged", async () => {
    using server = twinServer();
    const { id } = await server.ask("/launch", launchBody);

    const streams = [
      await server.call("GET", `/api/stream?request_id=${id}&follow=false`),
      await server.call("GET", "/api/stream?log_path=server.log&follow=false"),
      await server.call("POST", "/logs", { body: { cluster_name: "c", job_id: 1, follow: false } }),
      await server.call("POST", "/stix/v1/logs", {
        body: { cluster_name: "c", job_id: 1, follow: false, tail: 0, cursors: {} },
      }),
      await server.call("POST", "/provision_logs?follow=false", { body: { cluster_name: "c" } }),
      await server.call("POST", "/launch", {
        body: { ...launchBody, cluster_name: "d" },
        headers: { "x-stix-follow": "1" },
      }),
    ];

    for (const stream of streams) {
      expect([stream.url, stream.status]).toEqual([stream.url, 200]);
      if (stream.headers.get("content-type")?.startsWith("application/json") === true) continue;
      expect([stream.headers.get("x-accel-buffering"), stream.headers.get("cache-control")]).toEqual([
        "no",
        "no-cache, no-transform",
      ]);
      await stream.body?.cancel();
    }
    expect(streams.filter((stream) => stream.headers.has("x-accel-buffering")).length).toBeGreaterThanOrEqual(5);
    expect((await server.call("GET", "/api/health")).headers.has("x-accel-buffering")).toBe(false);
  });

  test("clients that are too old are turned away everywhere, those that say nonsense as well", async () => {
    using server = twinServer();

    for (const path of ["/api/health", "/api/status"]) {
      const old = await server.call("GET", path, { headers: { "X-SkyPilot-API-Version": "20" } });
      expect(old.status).toBe(400);
      expect(await old.json()).toMatchObject({ error: "version_mismatch" });
    }
    expect((await server.call("GET", "/api/health", { headers: { "X-SkyPilot-API-Version": "x" } })).status).toBe(400);
    expect((await server.call("GET", "/api/health", { headers: { "X-SkyPilot-API-Version": "999" } })).status).toBe(
      200,
    );
  });

  test("pages of others and names of others are kept out", async () => {
    using server = twinServer();

    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { host: "evil.example" },
      { host: "127.0.0.1.evil.example" },
    ]) {
      expect((await server.call("POST", "/launch", { body: launchBody, headers })).status).toBe(403);
    }
    expect((await server.call("GET", "/api/health", { headers: { origin: "http://127.0.0.1:46580" } })).status).toBe(
      200,
    );
    expect(await server.service.world.requests.list({})).toEqual([]);
  });

  test("no page makes a browser ask what adds a request, by image, link or window, old browsers included", async () => {
    using server = twinServer();
    const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36";
    const foreign = [
      { "sec-fetch-site": "cross-site", "user-agent": browser },
      { "sec-fetch-site": "same-site", "user-agent": browser },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "user-agent": browser },
      { referer: "https://evil.example/", "user-agent": browser },
      { referer: "https://127.0.0.1.evil.example/" },
      { "user-agent": browser },
    ];

    for (const path of ["/enabled_clouds", "/workspaces", "/volumes", "/storage/ls", "/all_contexts", "/api/stream"]) {
      for (const method of ["GET", "HEAD"] as const) {
        for (const headers of foreign)
          expect(
            (await server.call(method, path, { headers })).status,
            `${method} ${path} ${JSON.stringify(headers)}`,
          ).toBe(403);
      }
    }
    expect(await server.service.world.requests.list({})).toEqual([]);

    const welcome = [
      {},
      { "user-agent": "python-requests/2.32.3" },
      { "user-agent": "curl/8.5.0" },
      { "sec-fetch-site": "same-origin", "user-agent": browser },
      { "sec-fetch-site": "none", "user-agent": browser },
      { referer: "http://127.0.0.1:46580/dashboard/", "user-agent": browser },
    ];
    for (const headers of welcome)
      expect((await server.call("GET", "/enabled_clouds", { headers })).status, JSON.stringify(headers)).toBe(200);
    expect(await server.service.world.requests.list({})).toHaveLength(welcome.length);
  });

  test("unknown paths, wrong methods, wrong bodies", async () => {
    using server = twinServer();

    expect(await (await server.call("GET", "/nothing")).json()).toEqual({ detail: "Not Found" });
    const method = await server.call("GET", "/launch");
    expect([method.status, await method.json()]).toEqual([405, { detail: "Method Not Allowed" }]);
    const missing = await server.call("POST", "/launch", { body: { cluster_name: "x" } });
    expect([missing.status, await missing.json()]).toEqual([
      422,
      { detail: [{ type: "missing", loc: ["body", "task"], msg: "Field required", input: null }] },
    ]);
    const wrong = await server.call("POST", "/launch", { body: { cluster_name: 5, task: "secret-text" } });
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).not.toContain("secret-text");
    expect(
      (await server.call("POST", "/launch", { raw: "{no json", headers: { "content-type": "application/json" } }))
        .status,
    ).toBe(422);
    expect((await server.call("POST", "/validate", { body: { dag: "run: x\n" } })).status).toBe(422);
  });
});

describe("requests", () => {
  test("an accepted call is durable, answers null with its id, and ends with its value", async () => {
    using server = twinServer();

    const answer = await server.call("POST", "/launch", { body: launchBody });
    expect(await answer.json()).toBeNull();
    const id = answer.headers.get("X-Skypilot-Request-ID") ?? "";
    expect(await server.service.world.requests.get(id)).not.toBeNull();

    const got = await server.call("GET", `/api/get?request_id=${id.slice(0, 8)}`);
    const record = (await got.json()) as Record<string, string>;
    expect(record).toMatchObject({
      request_id: id,
      name: "sky.launch",
      status: "SUCCEEDED",
      entrypoint: pickledNone,
      request_body: pickledNone,
      error: "null",
      schedule_type: "long",
      pid: null,
    });
    expect(JSON.parse(record["return_value"] ?? "")).toMatchObject({ job_id: 1, handle: { cluster_name: "c" } });
  });

  test("clients that know no JSON handles get null ones", async () => {
    using server = twinServer();
    const { id } = await server.ask("/launch", launchBody);

    const old = (await (
      await server.call("GET", `/api/get?request_id=${id}`, { headers: { "X-SkyPilot-API-Version": "42" } })
    ).json()) as Record<string, string>;

    expect(JSON.parse(old["return_value"] ?? "")).toEqual({ job_id: 1, handle: null });
  });

  test("a failed request is 500 with the record in detail and an error that Python can read", async () => {
    using server = twinServer();

    const { status, record } = await server.ask("/down", { cluster_name: "nope" });

    expect(status).toBe(500);
    const error = JSON.parse(String(record["error"])) as Record<string, unknown>;
    expect(error).toMatchObject({
      type: "ClusterDoesNotExist",
      message: "cluster 'nope' does not exist",
      stix: { code: "cluster-not-found" },
    });
    const read = Bun.spawnSync([
      "python3",
      "-c",
      `import pickle,base64;e=pickle.loads(base64.b64decode("${String(error["object"])}"));print(e["type"],type(e["args"]).__name__,e["attributes"])`,
    ]);
    expect(read.stdout.toString().trim()).toBe("ClusterDoesNotExist tuple {}");
  });

  test("an id is text: no sign in it stands for others", async () => {
    using server = twinServer();
    await server.ask("/launch", launchBody);

    for (const wild of ["%25", "_", "%25%25", "________-____-____-____-____________", "*", "?", "%00"]) {
      expect([wild, (await server.call("GET", `/api/get?request_id=${wild}`)).status]).toEqual([wild, 404]);
      expect([wild, (await server.call("GET", `/api/stream?request_id=${wild}`)).status]).toEqual([wild, 404]);
      expect([
        wild,
        await (await server.call("GET", `/api/status?all_status=true&request_ids=${wild}`)).json(),
      ]).toEqual([wild, []]);
      expect([wild, await (await server.call("GET", `/api/completion/api_request?incomplete=${wild}`)).json()]).toEqual(
        [wild, []],
      );
    }
  });

  test("unknown and ambiguous ids", async () => {
    using server = twinServer();
    for (const id of ["aa11", "aa22"])
      await server.service.world.requests.insert({ ...server.twin.request("status", {}), id });

    for (const path of ["/api/get", "/api/stream"]) {
      const unknown = await server.call("GET", `${path}?request_id=zz`);
      expect([unknown.status, await unknown.json()]).toEqual([404, { detail: "Request 'zz' not found" }]);
      expect((await server.call("GET", `${path}?request_id=aa`)).status).toBe(400);
    }
    expect(await (await server.call("GET", "/api/stream?request_id=a&log_path=b")).json()).toEqual({
      detail: "Only one of request_id and log_path can be provided",
    });
    expect((await server.call("GET", "/api/stream?log_path=/etc/passwd")).status).toBe(403);
  });

  test("a stream gives the whole log, goes on from an offset, and ends with the request", async () => {
    using server = twinServer();
    const { id } = await server.ask("/launch", launchBody);

    const whole = await server.call("GET", `/api/stream?request_id=${id}&follow=True&format=console`);
    const text = await whole.text();
    const rest = await server.call("GET", `/api/stream?request_id=${id}&offset=10`);
    const tail = await server.call("GET", `/api/stream?request_id=${id}&tail=1&follow=false`);

    expect(whole.headers.get("X-SkyPilot-Stream-Request-ID")).toBe(id);
    expect(text).toEndWith("⚙︎ Job submitted, ID: 1\n");
    expect(await rest.text()).toBe(new TextDecoder().decode(new TextEncoder().encode(text).slice(10)));
    expect(await tail.text()).toBe("⚙︎ Job submitted, ID: 1\n");
  });

  test("lists unfinished requests, all of them on demand, and only the fields asked for", async () => {
    using server = twinServer();
    await server.ask("/launch", launchBody);

    expect(await (await server.call("GET", "/api/status")).json()).toEqual([]);
    const [row] = (await (
      await server.call("GET", "/api/status?all_status=True&limit=1&fields=request_id&fields=name")
    ).json()) as Record<string, unknown>[];
    expect(row).toMatchObject({
      name: "sky.launch",
      entrypoint: "",
      request_body: "null",
      status: "PENDING",
      created_at: 0,
      user_id: "",
    });
    const bad = await server.call("GET", "/api/status?fields=nope");
    expect(bad.status).toBe(400);
    expect(await bad.text()).toContain("Unknown request field(s): ['nope']. Valid fields: ['request_id', 'name'");
  });

  test("secrets of the command line are not kept", () => {
    expect(maskCommand("sky launch --secret A=b --secret 'C=d e' --env X=1 f.yaml")).not.toMatch(/=b|=d|d e/);
    expect(maskCommand("sky launch --env X=1")).toBe("sky launch --env X=1");
  });
});

describe("what SkyPilot's client asks beside", () => {
  test("status with nothing there: every list is empty and nothing fails", async () => {
    using server = twinServer();

    for (const [path, value] of [
      ["/status", []],
      ["/serve/status", []],
      ["/jobs/pool_status", []],
      ["/jobs/queue/v2", { jobs: [], total: 0, total_no_filter: 0, status_counts: {}, infra_options: [] }],
    ] as const) {
      const { status, record } = await server.ask(path, {});
      expect([path, status, JSON.parse(String(record["return_value"]))]).toEqual([path, 200, value]);
    }
    expect((await server.call("GET", "/users/me/workspace")).status).toBe(401);
  });

  test("what is not built says so with the exception its caller knows", async () => {
    using server = twinServer();

    const { record } = await server.ask("/jobs/launch", { task: "run: x\n", name: null });
    expect(JSON.parse(String(record["error"]))).toMatchObject({
      type: "NotSupportedError",
      stix: { code: "not-implemented" },
    });
    expect((await server.call("POST", "/users/create", { body: {} })).status).toBe(501);
  });

  test("a wrong task is told by /validate in plain JSON", async () => {
    using server = twinServer();

    expect(
      await (await server.call("POST", "/validate", { body: { dag: "run: x\n", request_options: null } })).json(),
    ).toBeNull();
    const wrong = await server.call("POST", "/validate", { body: { dag: "nonsense: 1\n", request_options: null } });
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      detail: { args: [expect.any(String)], attributes: {}, stacktrace: null },
    });
  });
});

describe("output of jobs", () => {
  test("/logs gives rendered text and the exit code; /stix/v1/logs gives frames", async () => {
    using server = twinServer();
    await server.ask("/launch", launchBody);
    const cid = (await server.service.world.clusters.findByName("c"))?.cid ?? "";
    const { heads } = server.twin;
    heads.write(cid, "1/1/setup/0", "", true);
    heads.write(cid, "1/1/run/0", "hello\n", true);
    heads.change(cid, 1, {
      state: "FAILED",
      attempt: 1,
      ranks: [{ rank: 0, nid: "n0", pid: 7, exitCode: 3 }],
      exitCodes: [3],
      reason: "the run script ended with exit code 3",
      endedAt: 5,
    });

    const logs = await server.call("POST", "/logs", { body: { cluster_name: "c", job_id: null, follow: true } });
    const text = await logs.text();
    const outcome = await server.call("GET", `/api/get?request_id=${logs.headers.get("X-Skypilot-Request-ID") ?? ""}`);

    expect(text).toContain("(t, pid=7) hello\n");
    expect(text).toEndWith("⨯ Job finished (status: FAILED).\n");
    expect(await outcome.json()).toMatchObject({ name: "sky.logs", status: "SUCCEEDED", return_value: "100" });

    const frames = await server.call("POST", "/stix/v1/logs", {
      body: { cluster_name: "c", job_id: 1, follow: true, tail: 0, cursors: { "1/run/0": 3 } },
    });
    const decoded = createLogFrameDecoder()(new Uint8Array(await frames.arrayBuffer()));
    expect(decoded.map(({ frame }) => frame.t)).toEqual(["job", "out", "end"]);
    expect(new TextDecoder().decode(decoded[1]?.body)).toBe("lo\n");
  });

  test("a long call that wants frames holds its log, its value and its job's output; one that failed only its log", async () => {
    using server = twinServer();
    await server.ask("/launch", launchBody);
    const cid = (await server.service.world.clusters.findByName("c"))?.cid ?? "";
    const headers = { "X-Stix-Follow": "job" };

    const answer = await server.call("POST", "/exec", { body: { cluster_name: "c", task: "run: echo hi" }, headers });
    server.twin.heads.write(cid, "2/1/setup/0", "", true);
    server.twin.heads.write(cid, "2/1/run/0", "hi\n", true);
    server.twin.heads.change(cid, 2, {
      state: "SUCCEEDED",
      attempt: 1,
      ranks: [{ rank: 0, nid: "n0", pid: 8, exitCode: 0 }],
      exitCodes: [0],
    });
    const frames = createLogFrameDecoder()(new Uint8Array(await answer.arrayBuffer()));
    const text = (t: string) =>
      frames
        .filter(({ frame }) => frame.t === t)
        .map(({ body }) => new TextDecoder().decode(body))
        .join("");

    expect(answer.headers.get("X-Skypilot-Request-ID")).toMatch(/^[0-9a-f-]{36}$/);
    expect(text("log")).toContain("Job submitted, ID: 2\n");
    expect(JSON.parse(text("value"))).toMatchObject({ job_id: 2, handle: { cluster_name: "c" } });
    expect(text("out")).toBe("hi\n");
    expect(frames.at(-1)?.frame).toMatchObject({ t: "end", jobId: 2, state: "SUCCEEDED" });

    const failed = await server.call("POST", "/exec", {
      body: { cluster_name: "nope", task: "run: echo hi" },
      headers,
    });
    const told = createLogFrameDecoder()(new Uint8Array(await failed.arrayBuffer()));
    expect(told.filter(({ frame }) => frame.t !== "log")).toEqual([]);
  });

  test("logs of what is not there fail in the request, and as an error frame", async () => {
    using server = twinServer();

    const logs = await server.call("POST", "/logs", { body: { cluster_name: "nope", job_id: null } });
    expect(await logs.text()).toBe("");
    expect(
      (await server.call("GET", `/api/get?request_id=${logs.headers.get("X-Skypilot-Request-ID") ?? ""}`)).status,
    ).toBe(500);
    const frames = await server.call("POST", "/stix/v1/logs", {
      body: { cluster_name: "nope", job_id: null, follow: true, tail: 0, cursors: {} },
    });
    expect(createLogFrameDecoder()(new Uint8Array(await frames.arrayBuffer()))[0]?.frame).toMatchObject({
      t: "error",
      code: "cluster-not-found",
    });
  });

  test("copied logs come as a zip archive below the client's own folder, and nothing else does", async () => {
    using server = twinServer();
    const env_vars = { SKYPILOT_USER_ID: "abcd1234" };
    await server.ask("/launch", { ...launchBody, env_vars });
    const cid = (await server.service.world.clusters.findByName("c"))?.cid ?? "";
    server.twin.heads.change(cid, 1, {
      state: "SUCCEEDED",
      attempt: 1,
      ranks: [{ rank: 0, nid: "n0", pid: 7, exitCode: 0 }],
    });
    for (const attempt of [0, 1]) server.twin.heads.write(cid, `1/${attempt}/run/0`, "hello\n", true);

    const { record } = await server.ask("/download_logs", { cluster_name: "c", job_ids: ["1"], env_vars });
    const folder = (JSON.parse(String(record["return_value"])) as Record<string, string>)["1"] ?? "";
    const zip = await server.call("POST", "/download", { body: { folder_paths: [folder], env_vars } });
    const archive = `${server.root}/logs.zip`;
    await Bun.write(archive, zip);

    expect(folder).toBe("~/.sky/api_server/clients/abcd1234/sky_logs/c-1-t");
    const listed = Bun.spawnSync([
      "python3",
      "-c",
      `import zipfile;z=zipfile.ZipFile("${archive}");print([(n,z.read(n)) for n in z.namelist() if n.endswith("run.log")])`,
    ]);
    const place = "stix-home/.sky/api_server/clients/abcd1234/sky_logs/c-1-t";
    expect(listed.stdout.toString()).toContain(`('${place}/tasks/run.log', b'hello\\n')`);
    expect(listed.stdout.toString()).toMatch(new RegExp(`'${place}/run.log', b'[^']*\\(t, pid=7\\) hello`));
    for (const path of ["/etc", "~/.sky/api_server/clients/other/sky_logs/x", `${folder}/../../../../x`]) {
      expect((await server.call("POST", "/download", { body: { folder_paths: [path], env_vars } })).status).toBe(400);
    }
  });
});

describe("uploads", () => {
  /** An archive as SkyPilot's client makes it, and its id. */
  function archive(root: string): { readonly id: string; readonly bytes: Uint8Array } {
    const script = `
import zipfile, hashlib, stat, sys
path = sys.argv[1]
entries = [("w/", b"", None), ("w/run.sh", b"echo hi\\n" * 1000, 0o755), ("w/link", b"run.sh", "link")]
whole = hashlib.sha256()
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
    for name, content, mode in entries:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        if mode == "link": info.external_attr = (stat.S_IFLNK | 0o777) << 16
        elif mode is not None: info.external_attr = (stat.S_IFREG | mode) << 16
        z.writestr(info, content)
for name, content, _ in sorted(entries): whole.update(name.encode()); whole.update(hashlib.sha256(content).digest())
print(whole.hexdigest())
`;
    const made = Bun.spawnSync(["python3", "-c", script, `${root}/up.zip`]);
    return { id: made.stdout.toString().trim(), bytes: new Uint8Array(readFileSync(`${root}/up.zip`)) };
  }

  test("an archive is unpacked with its modes and links, and known the next time", async () => {
    using server = twinServer();
    const { id, bytes } = archive(server.root);
    const query = `user_hash=abcd1234&blob_id=${id}`;

    expect(await (await server.call("GET", `/upload_v2/blob?${query}`)).json()).toEqual({ exists: false });
    const half = Math.floor(bytes.length / 2);
    const upload = (index: number, raw: Uint8Array) =>
      server.call("POST", `/upload_v2?user_hash=abcd1234&upload_id=${id}&chunk_index=${index}&total_chunks=2`, { raw });
    expect(await (await upload(1, bytes.slice(half))).json()).toEqual({ status: "uploading", missing_chunks: ["0"] });
    expect(await (await upload(0, bytes.slice(0, half))).json()).toEqual({ status: "completed", missing_chunks: null });

    expect(await (await server.call("GET", `/upload_v2/blob?${query}`)).json()).toEqual({ exists: true });
    const folder = `${server.root}/uploads/abcd1234/${id}/w`;
    expect(readdirSync(folder).toSorted()).toEqual(["link", "run.sh"]);
    expect(
      Bun.spawnSync(["sh", "-c", `${folder}/run.sh >/dev/null && readlink ${folder}/link`]).stdout.toString(),
    ).toBe("run.sh\n");
  });

  test("an archive that is not what its name says, no archive at all, and a wrong name", async () => {
    using server = twinServer();
    const { bytes } = archive(server.root);
    const upload = (id: string, raw: Uint8Array | string) =>
      server.call("POST", `/upload_v2?user_hash=u&upload_id=${id}&chunk_index=0&total_chunks=1`, { raw });

    expect((await upload("0".repeat(64), bytes)).status).toBe(400);
    expect((await upload("1".repeat(64), "no zip at all")).status).toBe(400);
    const wrong = await upload("../../x", bytes);
    expect([wrong.status, await wrong.json()]).toEqual([400, { detail: "Invalid blob_id: ../../x" }]);
    expect(readdirSync(`${server.root}/uploads/u`)).toEqual([]);
  });
});
