// Operations against twins of a cloud and its heads: what a user may ask for, twice, at the wrong time, and while things fail.
import { at } from "#test/contract/asks.ts";
import { describe, expect, test } from "bun:test";
import type { ProviderFailure } from "#controller/providers/contract/failure.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { twinCloud, type TwinCloud } from "#test/twins/twin-provider.ts";
import { twinWorld, type TwinWorld } from "#test/twins/twin-world.ts";

const capacity: ProviderFailure = {
  ok: false,
  kind: "capacity",
  reach: "offer",
  message: "sold out",
  hint: "try another machine",
};
const transient: ProviderFailure = {
  ok: false,
  kind: "transient",
  reach: "cloud",
  message: "no answer in time",
  hint: "try again",
};
const launchBody = { cluster_name: "c", task: "name: t\nrun: echo hi\n", entrypoint_command: "stix launch -c c" };

const soon = () => new Promise((resolve) => setTimeout(resolve, 1));

/** A world with two clouds of which alpha is the cheaper one. */
function twoClouds(): { readonly twin: TwinWorld; readonly alpha: TwinCloud; readonly beta: TwinCloud } {
  const alpha = twinCloud("alpha", { priceUsdPerHour: 1 });
  const beta = twinCloud("beta", { priceUsdPerHour: 2, agents: alpha.agents });
  return { twin: twinWorld({ cloud: alpha, moreClouds: [beta] }), alpha, beta };
}

/** A world whose cloud makes no machines before `open`. */
function gatedWorld(): { readonly twin: TwinWorld; readonly open: () => void } {
  const gate = Promise.withResolvers<void>();
  const wrap = <T extends object>(name: string, port: T): T =>
    name !== "provider"
      ? port
      : Object.assign(Object.create(port) as T, {
          create: async (...asked: Parameters<Provider["create"]>) => {
            await gate.promise;
            asked[1].throwIfAborted();
            return await (port as unknown as Provider).create(...asked);
          },
        });
  return { twin: twinWorld({ wrap }), open: gate.resolve };
}

describe("operations/launch", () => {
  test("makes a cluster, brings it up and submits the job", async () => {
    const twin = twinWorld();

    const ended = await twin.ask("launch", launchBody);

    expect(ended.state).toBe("SUCCEEDED");
    expect(ended.value).toMatchObject({ job_id: 1, handle: { cluster_name: "c", launched_nodes: 1 } });
    expect(await twin.world.clusters.findByName("c")).toMatchObject({
      state: "UP",
      everUp: true,
      headPaths: { agent: "/agent", home: "/home" },
    });
    expect(twin.told.get(ended.id)).toContain("Considered resources (1 node):");
    expect(twin.told.get(ended.id)).toContain("Cluster launched: c");
    expect(twin.told.get(ended.id)).toContain("Job submitted, ID: 1");
  });

  test("a second launch of the name uses the cluster", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);

    const second = await twin.ask("launch", launchBody);

    expect(second.value).toMatchObject({ job_id: 2 });
    expect([...twin.cloud.made.values()]).toEqual([1]);
  });

  test("two launches of one name at once: one cluster, two jobs", async () => {
    const twin = twinWorld();

    const ended = await Promise.all([twin.ask("launch", launchBody), twin.ask("launch", launchBody)]);

    expect(ended.map((each) => each.state)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(
      ended.map((each) => (each.value as { job_id: number }).job_id).toSorted((left, right) => left - right),
    ).toEqual([1, 2]);
    expect(twin.cloud.made.size).toBe(1);
  });

  test("a dry run plans and makes nothing", async () => {
    const twin = twinWorld();

    const ended = await twin.ask("launch", { ...launchBody, dryrun: true });

    expect(ended.value).toEqual({ job_id: null, handle: null });
    expect(twin.told.get(ended.id)).toContain("Dryrun finished.");
    expect(await twin.world.clusters.list()).toEqual([]);
  });

  test("what does not fit on the cluster is refused by name", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);

    const ended = await twin.ask("launch", { ...launchBody, task: "num_nodes: 3\nrun: x\n" });

    expect(ended.failure).toMatchObject({
      exception: "ResourcesMismatchError",
      message: "the task does not fit on cluster 'c': it has 1 node, the task asks for 3",
    });
  });

  test("when no place gives machines, the cloud's words come back and nothing stays", async () => {
    const twin = twinWorld();
    twin.cloud.refusals.push(capacity);

    const ended = await twin.ask("launch", launchBody);

    expect(ended.failure).toMatchObject({ exception: "ResourcesUnavailableError", hint: "try another machine" });
    expect(ended.failure?.message).toContain("sold out");
    expect(await twin.world.clusters.list()).toEqual([]);
    expect(twin.cloud.machines.size).toBe(0);
  });

  test("a cloud that makes machines and answers that it could not keeps none when another one gives them", async () => {
    const { twin, alpha, beta } = twoClouds();
    alpha.lies.push(transient);

    const ended = await twin.ask("launch", launchBody);

    expect(ended.state).toBe("SUCCEEDED");
    expect(await twin.world.clusters.findByName("c")).toMatchObject({ state: "UP", placement: { cloud: "beta" } });
    expect([alpha.machines.size, beta.machines.size]).toEqual([0, 1]);
  });

  test("retry_until_up goes on until there is room", async () => {
    const twin = twinWorld();
    twin.cloud.refusals.push(capacity, capacity, capacity);

    const ended = await twin.ask("launch", { ...launchBody, retry_until_up: true });

    expect(ended.state).toBe("SUCCEEDED");
    expect(twin.told.get(ended.id)).toContain("Retry after 30s");
  });

  test("--down and -i reach the head, and the row", async () => {
    const twin = twinWorld();

    await twin.ask("launch", { ...launchBody, down: true });

    const cluster = await twin.world.clusters.findByName("c");
    expect(twin.heads.head(cluster?.cid ?? "").autostop).toEqual({
      idleMinutes: 1,
      down: true,
      waitFor: "jobs_and_ssh",
    });
    expect(cluster?.autostop).toEqual({ idleMinutes: 1, down: true });
  });

  test("setup runs with the first launch, not with --no-setup, and not with --fast on an unchanged cluster", async () => {
    const twin = twinWorld();
    const body = { ...launchBody, task: "setup: make ready\nrun: echo hi\n" };
    await twin.ask("launch", body);
    await twin.ask("launch", { ...body, no_setup: true });
    await twin.ask("launch", { ...body, fast: true });
    await twin.ask("launch", { ...body, fast: true, task: "setup: other\nrun: echo hi\n" });

    const cid = (await twin.world.clusters.findByName("c"))?.cid ?? "";
    expect([1, 2, 3, 4].map((jid) => twin.heads.head(cid).specs.get(jid)?.setup)).toEqual([
      "make ready",
      null,
      null,
      "other",
    ]);
  });

  test("a task with nothing to run makes a cluster and no job", async () => {
    const twin = twinWorld();

    const ended = await twin.ask("launch", { ...launchBody, task: "name: t\n" });

    expect(ended.value).toMatchObject({ job_id: null });
  });

  test("what is not built yet is refused by name before anything is made", async () => {
    const twin = twinWorld();

    for (const task of [
      "file_mounts:\n  /data: s3://bucket/x\nrun: x\n",
      "resources:\n  image_id: docker:ubuntu\nrun: x\n",
      "workdir:\n  url: https://example.com/x.git\nrun: x\n",
    ]) {
      const ended = await twin.ask("launch", { ...launchBody, task });
      expect(ended.failure?.exception).toBe("NotSupportedError");
    }
    expect(twin.cloud.machines.size).toBe(0);
  });

  test("a wrong file says where it is wrong", async () => {
    const twin = twinWorld();

    const ended = await twin.ask("launch", { ...launchBody, task: "run: x\nnum_nodse: 2\n" });

    expect(ended.failure?.message).toMatch(/^task\.yaml:2:1: .*num_nodse/);
    expect(ended.failure?.code).not.toBe("internal");
  });
});

describe("operations on a cluster", () => {
  test("exec waits for the launch that is under way, whose job comes first, and says what it waits for", async () => {
    const { twin, open } = gatedWorld();
    const launched = twin.ask("launch", launchBody);
    while ((await twin.world.clusters.findByName("c")) === null) await soon();

    const executed = twin.ask("exec", { cluster_name: "c", task: "run: echo later\n" });
    while (![...twin.told.values()].some((told) => told.includes("waiting for its launch"))) await soon();
    const whileWaiting = (await twin.world.requests.list({})).map((request) => `${request.name} ${request.state}`);
    open();

    expect(whileWaiting).toEqual(["exec WAITING", "launch RUNNING"]);
    expect((await launched).value).toMatchObject({ job_id: 1 });
    expect((await executed).value).toMatchObject({ job_id: 2, handle: { cluster_name: "c" } });
  });

  test("exec waits also for a launch that has not written its cluster yet", async () => {
    const twin = twinWorld();

    const [launched, executed] = await Promise.all([
      twin.ask("launch", launchBody),
      twin.ask("exec", { cluster_name: "c", task: "run: echo later\n" }),
    ]);

    expect(launched.value).toMatchObject({ job_id: 1 });
    expect(executed.value).toMatchObject({ job_id: 2 });
  });

  test("a launch that fails, or is cancelled, ends the exec that waits for it with the reason", async () => {
    for (const end of ["fails", "is cancelled"] as const) {
      const { twin, open } = gatedWorld();
      const launched = twin.ask("launch", launchBody);
      while ((await twin.world.clusters.findByName("c")) === null) await soon();
      const executed = twin.ask("exec", { cluster_name: "c", task: "run: echo later\n" });
      while (![...twin.told.values()].some((told) => told.includes("waiting for its launch"))) await soon();

      if (end === "fails") twin.cloud.refusals.push(capacity, capacity, capacity, capacity);
      else
        await twin.world.cancelRequests(
          (await twin.world.requests.list({}))
            .filter((request) => request.name === "launch")
            .map((request) => request.id),
        );
      open();

      expect((await launched).state).toBe(end === "fails" ? "FAILED" : "CANCELLED");
      const { failure } = await executed;
      expect(failure).toMatchObject({ code: "cluster-not-up", exception: "ClusterNotUpError" });
      expect(failure?.message).toContain(
        end === "fails" ? "its launch failed: cannot create cluster 'c'" : "its launch was cancelled",
      );
    }
  });

  test("an exec that waits for a launch can be cancelled alone", async () => {
    const { twin, open } = gatedWorld();
    const launched = twin.ask("launch", launchBody);
    while ((await twin.world.clusters.findByName("c")) === null) await soon();
    const executed = twin.ask("exec", { cluster_name: "c", task: "run: echo later\n" });
    while (![...twin.told.values()].some((told) => told.includes("waiting for its launch"))) await soon();

    await twin.world.cancelRequests(
      (await twin.world.requests.list({})).filter((request) => request.name === "exec").map((request) => request.id),
    );
    const ended = await executed;
    open();

    expect(ended.state).toBe("CANCELLED");
    expect((await launched).value).toMatchObject({ job_id: 1 });
  });

  test("unknown clusters are not found, by every operation", async () => {
    const twin = twinWorld();

    for (const [name, more] of [
      ["exec", { task: "run: x\n" }],
      ["stop", {}],
      ["start", {}],
      ["down", {}],
      ["autostop", { idle_minutes: 5 }],
      ["queue", {}],
      ["job_status", { job_ids: null }],
      ["cancel", { job_ids: null }],
      ["download_logs", { job_ids: null }],
    ] as const) {
      const ended = await twin.ask(name, { cluster_name: "nope", ...more });
      expect(`${name} ${ended.failure?.exception ?? ended.state}`).toBe(`${name} ClusterDoesNotExist`);
    }
  });

  test("stop keeps machines and row, start brings them back, both may be repeated", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);

    for (const name of ["stop", "stop"]) expect((await twin.ask(name, { cluster_name: "c" })).state).toBe("SUCCEEDED");
    expect(await twin.world.clusters.findByName("c")).toMatchObject({ state: "STOPPED" });
    expect((await twin.ask("exec", { cluster_name: "c", task: "run: x\n" })).failure).toMatchObject({
      exception: "ClusterNotUpError",
      hint: "stix start c",
    });

    for (const name of ["start", "start"])
      expect((await twin.ask(name, { cluster_name: "c" })).state).toBe("SUCCEEDED");
    expect(await twin.world.clusters.findByName("c")).toMatchObject({ state: "UP" });
    expect([...twin.cloud.made.values()]).toEqual([1]);
  });

  test("a launch on a stopped cluster starts it", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);
    await twin.ask("stop", { cluster_name: "c" });

    expect((await twin.ask("launch", launchBody)).value).toMatchObject({ job_id: 2 });
  });

  test("down removes machines, credentials and row, also when the head is away", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);
    const cid = (await twin.world.clusters.findByName("c"))?.cid ?? "";
    twin.heads.isAway = true;

    expect((await twin.ask("down", { cluster_name: "c" })).state).toBe("SUCCEEDED");

    expect(await twin.world.clusters.list()).toEqual([]);
    expect(twin.cloud.machines.size).toBe(0);
    expect(twin.heads.revoked.has(cid)).toBe(true);
  });

  test("down --purge forgets a cluster whose cloud refuses, and says so", async () => {
    const twin = twinWorld();
    const refusing = twinWorld({
      cloud: {
        ...twin.cloud,
        provider: {
          ...twin.cloud.provider,
          remove: async () => ({ ok: false, kind: "auth", reach: "account", message: "who are you", hint: "log in" }),
        },
      },
    });
    await refusing.ask("launch", launchBody);

    expect((await refusing.ask("down", { cluster_name: "c" })).failure?.message).toContain("who are you");
    const purged = await refusing.ask("down", { cluster_name: "c", purge: true });

    expect(purged.state).toBe("SUCCEEDED");
    expect(refusing.told.get(purged.id)).toContain("It is forgotten all the same");
    expect(await refusing.world.clusters.list()).toEqual([]);
  });

  test("down cancels a launch that is at work", async () => {
    const twin = twinWorld();
    const hanging = twinWorld({
      heads: {
        ...twin.heads,
        agents: {
          ...twin.heads.agents,
          waitForHead: (_cid, _count, signal) =>
            new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        },
      },
      cloud: twin.cloud,
    });
    const launching = hanging.ask("launch", launchBody);
    while ((await hanging.world.clusters.findByName("c"))?.instances.length !== 1)
      await new Promise((resolve) => setImmediate(resolve));

    expect((await hanging.ask("down", { cluster_name: "c" })).state).toBe("SUCCEEDED");

    expect((await launching).state).toBe("CANCELLED");
    expect(twin.cloud.machines.size).toBe(0);
  });

  test("cancel answers when the jobs are proven dead", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);

    const ended = await twin.ask("cancel", { cluster_name: "c", job_ids: [1] });

    expect(twin.told.get(ended.id)).toBe("Cancelled job ID(s): 1\n");
    expect((await twin.ask("job_status", { cluster_name: "c", job_ids: [1, 7] })).value).toEqual({
      "1": "CANCELLED",
      "7": null,
    });
    expect((await twin.ask("cancel", { cluster_name: "c", job_ids: [7] })).failure?.code).toBe("job-not-found");
  });

  test("queue shows the jobs, newest first", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);
    await twin.ask("exec", { cluster_name: "c", task: "name: two\nrun: x\n" });

    const ended = await twin.ask("queue", { cluster_name: "c" });

    expect(ended.value).toMatchObject([
      { job_id: 2, job_name: "two", status: "PENDING" },
      { job_id: 1, job_name: "t" },
    ]);
  });
});

describe("operations/status", () => {
  test("asks the cloud when told to: a stopped, a lost, a vanished cluster", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);
    const cid = (await twin.world.clusters.findByName("c"))?.cid ?? "";
    const states = async (refresh: string) =>
      ((await twin.ask("status", { refresh })).value as { status: string }[]).map((row) => row.status);

    expect(await states("NONE")).toEqual(["UP"]);
    await twin.cloud.provider.power?.stop(at(twin.cloud.provider, cid), new AbortController().signal);
    expect(await states("NONE")).toEqual(["UP"]);
    expect(await states("FORCE")).toEqual(["STOPPED"]);
    await twin.cloud.provider.power?.start(at(twin.cloud.provider, cid), new AbortController().signal);
    expect(await states("FORCE")).toEqual(["INIT"]);
    await twin.cloud.provider.remove(at(twin.cloud.provider, cid), new AbortController().signal);
    await twin.world.clock.sleep(61_000);
    expect(await states("FORCE")).toEqual([]);
  });

  test("patterns name several clusters, and missing ones are told", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);
    await twin.ask("launch", { ...launchBody, cluster_name: "c2" });

    const ended = await twin.ask("status", { cluster_names: ["c*", "zzz"] });

    expect((ended.value as { name: string }[]).map((row) => row.name).toSorted()).toEqual(["c", "c2"]);
    expect(twin.told.get(ended.id)).toBe("Cluster(s) not found: zzz.\n");
  });
});

describe("the worker", () => {
  test("a cancelled request ends as cancelled, and what never began never begins", async () => {
    const twin = twinWorld();
    const asked = twin.request("launch", launchBody);
    await twin.world.requests.insert(asked);

    expect(await twin.worker.cancel([asked.id, "unknown"])).toEqual([asked.id]);
    await twin.worker.resume();

    expect((await twin.worker.ended(asked.id, new AbortController().signal))?.state).toBe("CANCELLED");
    expect(twin.cloud.machines.size).toBe(0);
  });

  test("an error that nobody expected is told without its stack, and the lock is free again", async () => {
    const twin = twinWorld();
    await twin.ask("launch", launchBody);
    twin.cloud.agents.clear();
    const stopped = await twin.ask("autostop", { cluster_name: "c", idle_minutes: 5 });

    expect(stopped.failure).toMatchObject({ code: "agent-unreachable", exception: "SkyletUnavailableError" });
    expect((await twin.ask("down", { cluster_name: "c" })).state).toBe("SUCCEEDED");
  });
});
