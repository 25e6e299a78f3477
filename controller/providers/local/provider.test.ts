// The built-in cloud against the contract, and what only it can get wrong: processes that try to get away.
import { all, at, plainAccount, wish } from "#test/contract/asks.ts";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import { createLocalShell } from "#controller/adapters/shell/local/local-shell.ts";
import type { NodeShell } from "#controller/ports/shell.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { eventually, readOrNull, valueOf } from "#test/contract/helps.ts";
import { providerSuite } from "#test/contract/provider-suite.ts";
import { shellSuite } from "#test/contract/shell-suite.ts";
import { manifest } from "./manifest.ts";
import { readProcess } from "#shared/os/process-table.ts";
import { chooseAddresses } from "./addresses.ts";
import { clusterProcesses } from "./client.ts";
import { acceleratorName, findDevices, localOffers, machineSize } from "./offers.ts";
import { createLocalProvider } from "./provider.ts";

// Real processes on a busy machine.
setDefaultTimeout(30_000);

const placement: Placement = {
  cloud: "local",
  region: "local",
  zone: null,
  instanceType: "local",
  useSpot: false,
  cpus: 1,
  memoryGib: 1,
  accelerator: null,
  virtual: false,
  priceUsdPerHour: 0,
};
const signal = AbortSignal.timeout(120_000);

/** An agent that counts its starts in its folder and then runs `body`. */
const quietAgent = "exec sleep 1000";

interface Bench extends AsyncDisposable {
  readonly folder: string;
  readonly provider: Provider;
  readonly shell: NodeShell;
}

async function bench(body: string, env: Record<string, string> = {}): Promise<Bench> {
  const folder = await mkdtemp(`${tmpdir()}/stix-local-`);
  await writeFile(`${folder}/agent`, `#!/bin/sh\necho $$ > "$3/pid"\necho start >> "$3/starts"\n${body}\n`, {
    mode: 0o755,
  });
  const provider = createLocalProvider({
    env: { ...process.env, ...env },
    localCloud: `${folder}/local`,
    account: plainAccount,
  });
  const shell = createLocalShell({ env: { ...process.env, ...env }, locateAgent: async () => `${folder}/agent` });
  return {
    folder,
    provider,
    shell,
    async [Symbol.asyncDispose]() {
      for (const cid of await readdir(`${folder}/local`).catch(() => []))
        valueOf(await provider.remove(at(provider, cid), signal));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launchOne({ provider, shell }: Bench, cid: string, nodeCount = 1): Promise<readonly Instance[]> {
  const made = valueOf(await provider.create(wish(cid, nodeCount, placement), signal));
  for (const one of made) valueOf(await shell.startAgent(one));
  return made;
}

function supervisorOf(folder: string, cid: string, nid: string): Promise<{ pid: number }> {
  return Bun.file(`${folder}/local/${cid}/${nid}/supervisor.json`).json();
}

async function startsOf(folder: string, one: Instance): Promise<number> {
  return ((await readOrNull(`${folder}/local/${one.cid}/${one.nid}/agent/starts`)) ?? "").split("start").length - 1;
}

/** The number of the head's agent, once it runs. */
async function agentOf(folder: string, cid: string): Promise<number> {
  const path = `${folder}/local/${cid}/n0/agent/pid`;
  await eventually(async () => ((await readOrNull(path)) ?? "").endsWith("\n"));
  return Number(await readOrNull(path));
}

providerSuite("providers/local keeps the contract", manifest, async () => {
  const made = await bench(quietAgent);
  const { folder, provider, shell } = made;
  const root = `${folder}/local`;
  return {
    provider,
    other: createLocalProvider({ env: process.env, localCloud: root, account: plainAccount }),
    placement,
    failures: [
      {
        what: "nodes of another attempt stand there",
        kind: "conflict",
        reach: "offer",
        plant: async () => {
          valueOf(await provider.create(wish("alpha-1", 1, placement, "alpha-1-7"), signal));
          return async () => valueOf(await provider.remove(at(provider, "alpha-1", "alpha-1-7"), signal));
        },
      },
      {
        what: "a file stands where the folder of nodes should be",
        kind: "unknown",
        reach: "offer",
        plant: async () => {
          await rm(root, { recursive: true, force: true });
          await writeFile(root, "");
          return () => rm(root);
        },
      },
    ],
    run: async (instances) => {
      for (const answer of await Promise.all(instances.map((one) => shell.startAgent(one)))) valueOf(answer);
    },
    breakNode: async (one) => {
      process.kill((await supervisorOf(folder, one.cid, one.nid)).pid, "SIGKILL");
    },
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
});

shellSuite("shell/local keeps the promise of shells", async () => {
  const made = await bench(quietAgent);
  return {
    shell: made.shell,
    nodes: async (cid, nodeCount) => valueOf(await made.provider.create(wish(cid, nodeCount, placement), signal)),
    isRunning: async ({ cid, nid }) =>
      valueOf(await made.provider.list(at(made.provider, cid), signal)).some(
        (one) => one.nid === nid && one.state === "running",
      ),
    readOnNode: (_, path) => readOrNull(path),
    agentStarts: (one) => startsOf(made.folder, one),
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
});

describe("providers/local", () => {
  test("down ends what left its session, its parents and its environment behind", async () => {
    // All hide by setsid and double fork; one has only a job's mark, one no environment at all, but writes to a file of the node.
    await using made = await bench(`
      setsid sh -c 'sleep 1001 & echo $! > '"$3"'/hidden' >/dev/null 2>&1
      env -i STIX_MARK=alpha-1/n0/7/1/run-0 setsid sh -c 'sleep 1003 & echo $! > '"$3"'/job' >/dev/null 2>&1
      env -i setsid sh -c 'sleep 1002 & echo $! > '"$3"'/bare' >>"$3/job.log" 2>&1
      ${quietAgent}`);
    await launchOne(made, "alpha-1");
    const agent = `${made.folder}/local/alpha-1/n0/agent`;
    await eventually(
      async () =>
        ((await readOrNull(`${agent}/hidden`)) ?? "") !== "" &&
        ((await readOrNull(`${agent}/bare`)) ?? "") !== "" &&
        ((await readOrNull(`${agent}/job`)) ?? "") !== "",
    );
    const pids = await Promise.all(
      ["hidden", "bare", "job"].map(async (name) => Number(await readOrNull(`${agent}/${name}`))),
    );
    const before = await clusterProcesses(`${made.folder}/local`, "alpha-1");

    valueOf(await made.provider.remove(at(made.provider, "alpha-1"), signal));

    expect(before).toEqual(expect.arrayContaining(pids));
    for (const pid of pids) expect((await readProcess(pid))?.zombie ?? true).toBe(true);
    expect(existsSync(`${made.folder}/local/alpha-1`)).toBe(false);
  });

  test("an end that is given up half-way leaves nobody stopped", async () => {
    await using made = await bench(quietAgent);
    await launchOne(made, "alpha-1");
    const agent = await agentOf(made.folder, "alpha-1");
    const { signal: givenUp } = new AbortController();
    let looks = 0;
    // Asked at the beginning and before each look: the first look stops everybody, and before the second one we give up.
    givenUp.throwIfAborted = () => {
      looks += 1;
      if (looks > 2) throw new DOMException("given up", "AbortError");
    };

    const ended = await made.provider.remove(at(made.provider, "alpha-1"), givenUp).catch((error: unknown) => error);

    expect(ended).toBeInstanceOf(DOMException);
    expect(looks).toBeGreaterThan(2);
    const supervisor = await supervisorOf(made.folder, "alpha-1", "n0");
    await eventually(
      async () =>
        (await readProcess(agent))?.stopped === false && (await readProcess(supervisor.pid))?.stopped === false,
    );
  });

  test("removing one cluster leaves another's processes alone", async () => {
    await using made = await bench(quietAgent);
    await launchOne(made, "alpha-1");
    await launchOne(made, "alpha-10");
    const agents = Object.fromEntries(
      await Promise.all(["alpha-1", "alpha-10"].map(async (cid) => [cid, await agentOf(made.folder, cid)])),
    );

    valueOf(await made.provider.remove(at(made.provider, "alpha-1"), signal));

    expect((await readProcess(agents["alpha-1"] ?? 0))?.zombie ?? true).toBe(true);
    expect((await readProcess(agents["alpha-10"] ?? 0))?.zombie).toBe(false);
    expect(valueOf(await made.provider.list(at(made.provider, "alpha-10"), signal))[0]?.state).toBe("running");
  });

  test("an agent that dies is started again, at once the first time", async () => {
    await using made = await bench(quietAgent);
    const [head] = await launchOne(made, "alpha-1");
    if (head === undefined) throw new Error("no head");
    await eventually(async () => (await startsOf(made.folder, head)) === 1);

    process.kill(await agentOf(made.folder, "alpha-1"), "SIGKILL");

    await eventually(async () => (await startsOf(made.folder, head)) === 2);
    expect(valueOf(await made.provider.list(at(made.provider, "alpha-1"), signal))[0]?.state).toBe("running");
  });

  test("an agent that does not stay up is quoted, one that does is not", async () => {
    await using made = await bench(`[ -f "$3/well" ] && ${quietAgent}; echo 'no such library' >&2; exit 3`);
    const [head] = await launchOne(made, "alpha-1");
    if (head === undefined) throw new Error("no head");

    await eventually(async () => (await made.shell.complaint(head)) !== null);
    const complaint = await made.shell.complaint(head);
    await writeFile(`${made.folder}/local/alpha-1/n0/agent/well`, "");
    valueOf((await made.provider.power?.stop(at(made.provider, "alpha-1"), signal)) ?? { ok: true, value: undefined });
    valueOf((await made.provider.power?.start(at(made.provider, "alpha-1"), signal)) ?? { ok: true, value: undefined });
    valueOf(await made.shell.startAgent(head));

    expect(complaint).toBe("no such library");
    expect(await made.shell.complaint(head)).toBe(null);
  });

  test("an agent that stopped its node stays down and the listing says by whom", async () => {
    await using made = await bench(`printf '{"action":"stop","at":5}' > "$3/autostop.json"; exit 75`);
    await launchOne(made, "alpha-1");

    await eventually(
      async () => valueOf(await made.provider.list(at(made.provider, "alpha-1"), signal))[0]?.state === "stopped",
    );

    const [head] = valueOf(await made.provider.list(at(made.provider, "alpha-1"), signal));
    expect(head).toMatchObject({ autostopped: "stop" });
    expect(await startsOf(made.folder, head ?? ({} as Instance))).toBe(1);
    valueOf((await made.provider.power?.start(at(made.provider, "alpha-1"), signal)) ?? { ok: true, value: undefined });
    expect(valueOf(await made.provider.list(at(made.provider, "alpha-1"), signal))[0]).toMatchObject({
      state: "pending",
      autostopped: null,
    });
  });

  test("a node that was stopped keeps its files", async () => {
    await using made = await bench(quietAgent);
    const [head] = await launchOne(made, "alpha-1");
    if (head === undefined) throw new Error("no head");
    valueOf(await made.shell.writeAgentFile(head, "kept", "still here"));

    valueOf((await made.provider.power?.stop(at(made.provider, "alpha-1"), signal)) ?? { ok: true, value: undefined });

    expect(await made.shell.readAgentFile(head, "kept")).toBe("still here");
  });

  test("a recorded number that another process has now is not alive", async () => {
    await using made = await bench(quietAgent);
    await launchOne(made, "alpha-1");
    const path = `${made.folder}/local/alpha-1/n0/supervisor.json`;
    const record = await Bun.file(path).json();
    process.kill(record.pid, "SIGKILL");
    await writeFile(path, JSON.stringify({ ...record, pid: process.pid }));

    const [head] = valueOf(await made.provider.list(at(made.provider, "alpha-1"), signal));

    expect(head?.state).toBe("dead");
    expect(await clusterProcesses(`${made.folder}/local`, "alpha-1")).not.toContain(process.pid);
  });

  test("a crash between starting a supervisor and recording it leaves one agent", async () => {
    await using made = await bench(quietAgent);
    const [head] = await launchOne(made, "alpha-1");
    if (head === undefined) throw new Error("no head");
    const node = `${made.folder}/local/alpha-1/n0`;
    await eventually(async () => (await startsOf(made.folder, head)) === 1);
    const first = await agentOf(made.folder, "alpha-1");
    await rm(`${node}/supervisor.json`);
    await writeFile(`${node}/starting`, "");

    valueOf(await made.shell.startAgent(head));

    await eventually(async () => (await startsOf(made.folder, head)) === 2);
    expect((await readProcess(first))?.zombie ?? true).toBe(true);
  });

  test("a node whose supervisor died begins its next life without the old agent", async () => {
    await using made = await bench(quietAgent);
    const [head] = await launchOne(made, "alpha-1");
    if (head === undefined) throw new Error("no head");
    const old = await agentOf(made.folder, "alpha-1");
    process.kill((await supervisorOf(made.folder, "alpha-1", "n0")).pid, "SIGKILL");
    await eventually(
      async () => valueOf(await made.provider.list(at(made.provider, "alpha-1"), signal))[0]?.state === "dead",
    );

    valueOf(await made.shell.startAgent(head));

    await eventually(async () => (await startsOf(made.folder, head)) === 2);
    expect((await readProcess(old))?.zombie ?? true).toBe(true);
    expect(valueOf(await made.provider.list(at(made.provider, "alpha-1"), signal))[0]?.state).toBe("running");
  });

  test("jobs see the node's HOME and nothing of the user's variables", async () => {
    await using made = await bench(`env > "$3/env"; ${quietAgent}`, {
      MY_PRIVATE: "1",
      BUN_OPTIONS: "--smol",
      STIX_API_PORT: "9",
    });
    await launchOne(made, "alpha-1");
    await eventually(async () =>
      ((await readOrNull(`${made.folder}/local/alpha-1/n0/agent/env`)) ?? "").includes("STIX_NODE"),
    );

    const env = (await readOrNull(`${made.folder}/local/alpha-1/n0/agent/env`)) ?? "";

    expect(env).toContain(`HOME=${made.folder}/local/alpha-1/n0/home\n`);
    expect(env).toContain("STIX_NODE=alpha-1/n0\n");
    expect(env).not.toMatch(/MY_PRIVATE|BUN_OPTIONS|STIX_API_PORT/);
  });

  test("ten creations at once get addresses of their own", async () => {
    await using made = await bench(quietAgent);

    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) => made.provider.create(wish(`c-${index}`, 3, placement), signal)),
    );

    const addresses = all.flatMap((one) => valueOf(one).map((instance) => instance.internalIp));
    expect(new Set(addresses).size).toBe(process.platform === "linux" ? 30 : 1);
    expect((await stat(`${made.folder}/local/c-0/n0/agent`)).mode & 0o777).toBe(0o700);
  });

  test("clusters share out the machine's devices, and one that finds too few free is refused", async () => {
    const tools = await mkdtemp(`${tmpdir()}/stix-tools-`);
    await writeFile(`${tools}/nvidia-smi`, `#!/bin/sh\nfor i in 1 2 3 4; do echo 'NVIDIA H100 80GB HBM3'; done\n`, {
      mode: 0o755,
    });
    await using made = await bench(`echo "$STIX_DEVICES" > "$3/devices"; ${quietAgent}`, {
      PATH: `${tools}:${process.env["PATH"]}`,
    });
    const wanted = { ...placement, accelerator: { name: "H100", count: 2 } };
    const create = (cid: string) => made.provider.create(wish(cid, 1, wanted), signal);

    const offers = valueOf(await made.provider.describe(made.provider.everywhere, signal));
    const [first, second] = [valueOf(await create("a-1")), valueOf(await create("b-2"))];
    const third = await create("c-3");
    valueOf(await made.provider.remove(at(made.provider, "a-1"), signal));
    const fourth = valueOf(await create("d-4"));
    for (const [one] of [second, fourth]) if (one !== undefined) valueOf(await made.shell.startAgent(one));
    const told = async (cid: string) =>
      ((await readOrNull(`${made.folder}/local/${cid}/n0/agent/devices`)) ?? "").trim();
    await eventually(async () => (await told("b-2")) !== "" && (await told("d-4")) !== "");

    expect(offers).toMatchObject([{ accelerator: { name: "H100", count: 4 }, virtual: false }]);
    expect(first).toHaveLength(1);
    expect(third).toMatchObject({ ok: false, kind: "capacity" });
    expect([await told("b-2"), await told("d-4")]).toEqual(["2,3", "0,1"]);
    await rm(tools, { recursive: true });
  });

  test("a leftover folder without a record is listed as dead and goes with remove", async () => {
    await using made = await bench(quietAgent);
    await Bun.write(`${made.folder}/local/half-1/n0/agent/x`, "");

    expect(valueOf(await made.provider.list(all(made.provider), signal))).toMatchObject([
      { cid: "half-1", state: "dead" },
    ]);
    valueOf(await made.provider.remove(at(made.provider, "half-1"), signal));
    expect(valueOf(await made.provider.list(all(made.provider), signal))).toEqual([]);
  });
});

describe("providers/local/offers", () => {
  test("declared devices are offered as counted only", async () => {
    const devices = await findDevices({ STIX_LOCAL_ACCELERATORS: "V100:4, A100:2" }, signal);

    expect(localOffers(devices, { cpus: 2, memoryGib: 8, nodesMax: 64 })).toMatchObject([
      { accelerator: { name: "V100", count: 4 }, virtual: true },
      { accelerator: { name: "A100", count: 2 }, virtual: true },
    ]);
  });

  test.each([
    ["what the kernel says", {}, { cpus: 2, memoryGib: 16, nodesMax: 128 }],
    [
      "declared memory holds no more agents",
      { STIX_LOCAL_MEMORY: "1024" },
      { cpus: 2, memoryGib: 1024, nodesMax: 128 },
    ],
    [
      "what is declared",
      { STIX_LOCAL_CPUS: "96", STIX_LOCAL_MEMORY: "1024", STIX_LOCAL_NODES: "1000" },
      { cpus: 96, memoryGib: 1024, nodesMax: 1000 },
    ],
    [
      "what is no number is not declared",
      { STIX_LOCAL_CPUS: "many", STIX_LOCAL_MEMORY: "", STIX_LOCAL_NODES: "-1" },
      { cpus: 2, memoryGib: 16, nodesMax: 128 },
    ],
  ])("the size of a node is bounded: %s", (_what, env, size) => {
    expect(machineSize(env, { cpus: 2, memoryBytes: 16 * 2 ** 30 })).toEqual(size);
  });

  test("products are named as the catalog names them", () => {
    const names = [
      "NVIDIA A100-SXM4-80GB",
      "NVIDIA A100-SXM4-40GB",
      "Tesla V100-SXM2-16GB",
      "NVIDIA GeForce RTX 4090",
      "NVIDIA H100 80GB HBM3",
      "Tesla T4",
      "NVIDIA L4",
      "NVIDIA RTX A6000",
      "NVIDIA H200",
      "NVIDIA L40S",
      "NVIDIA RTX 6000 Ada Generation",
    ];

    expect(names.map(acceleratorName)).toEqual([
      "A100-80GB",
      "A100",
      "V100",
      "RTX4090",
      "H100",
      "T4",
      "L4",
      "A6000",
      "H200",
      "L40S",
      "RTX6000-Ada",
    ]);
  });
});

describe("providers/local/addresses", () => {
  test("clusters never share an address, whatever was given out before", () => {
    const first = chooseAddresses("a", 300, new Set(), true);
    const second = chooseAddresses("a", 2, new Set(first), true);

    expect(new Set(first).size).toBe(300);
    expect(first.filter((address) => second.includes(address))).toEqual([]);
    expect(chooseAddresses("a", 2, new Set(), false)).toEqual(["127.0.0.1", "127.0.0.1"]);
  });
});
