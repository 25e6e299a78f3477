// The built-in cloud: a node is a folder on this machine with its own HOME, an agent, and the processes of its jobs.
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import type { CreateRequest, Instance, NodeAccess, Power, Provider, ProviderAnswer } from "../contract/provider.ts";
import { answer, done, failure } from "../kit/answer.ts";
import type { ProviderEnvironment } from "../contract/environment.ts";
import { createTurnstile, type Turnstile } from "../kit/turnstile.ts";
import { writeWhole } from "#shared/os/whole-file.ts";
import { chooseAddresses } from "./addresses.ts";
import {
  agentComplaint,
  agentFolder,
  endNode,
  homeFolder,
  inspectNode,
  makeNode,
  nodePlace,
  nodePlaces,
  readInstance,
  removeNodes,
  startSupervisor,
  stopNodes,
  wakeNode,
  type NodePlace,
} from "./client.ts";
import { localFailure } from "./failures.ts";
import { manifest } from "./manifest.ts";
import { placeOnNode } from "./place-on-node.ts";
import { findDevices, foundSize, localOffers, machineSize, type Devices } from "./offers.ts";
import type { InstanceFile } from "./types.ts";

/** The provider of this machine's nodes below `environment.localCloud`. */
export function createLocalProvider(given: ProviderEnvironment): Provider {
  // Agents and jobs have other working folders than we.
  const root = resolve(given.localCloud);
  const environment = { ...given, localCloud: root };
  const devices = rememberDevices(environment);
  // Addresses and devices are given out by one creation at a time.
  const creation = createTurnstile();
  return {
    cloud: manifest.id,
    check: async () => answer({ account: userInfo().username }),
    describe: async (signal) =>
      guarded("cannot ask this machine for its devices", async () =>
        answer(localOffers(await devices(signal), machineSize(environment.env, foundSize()))),
      ),
    create: (request, signal) =>
      guarded(`cannot create nodes of '${request.clusterName}'`, () =>
        creation.pass(() => createNodes(request, { root, devices }, signal)),
      ),
    list: (cid) =>
      guarded("cannot list local nodes", async () => answer(await inspectAll(await nodePlaces(root, cid)))),
    remove: (cid, signal) =>
      guarded(`cannot remove local cluster '${cid}'`, async () => provenDead(await removeNodes(root, cid, signal))),
    power: localPower(root),
    access: localAccess(environment),
  };
}

interface Machine {
  readonly root: string;
  devices(signal: AbortSignal): Promise<readonly Devices[]>;
}

/** Devices do not come and go while we run, and nvidia-smi takes its time. That there are none is asked again: it may have failed. */
function rememberDevices(environment: ProviderEnvironment): Machine["devices"] {
  const known: { found: readonly Devices[] } = { found: [] };
  return async (signal) => {
    if (known.found.length === 0) known.found = await findDevices(environment.env, signal);
    return known.found;
  };
}

async function createNodes(
  request: CreateRequest,
  machine: Machine,
  signal: AbortSignal,
): Promise<ProviderAnswer<readonly Instance[]>> {
  const { root } = machine;
  const places = Array.from({ length: request.nodeCount }, (_, index) => nodePlace(root, request.cid, `n${index}`));
  const present = await Promise.all(places.map(readInstance));
  if (present.some((record) => record === null)) {
    const others = (
      await Promise.all((await nodePlaces(root, null)).filter((place) => place.cid !== request.cid).map(readInstance))
    ).filter((record) => record !== null);
    const devices = await reserveDevices(request, others, machine, signal);
    if (!devices.ok) return devices;
    const addresses = chooseAddresses(
      request.cid,
      request.nodeCount,
      new Set(others.map((record) => record.ip)),
      process.platform === "linux",
    );
    for (const [index, place] of places.entries()) {
      signal.throwIfAborted();
      const record: InstanceFile = {
        v: 1,
        cid: place.cid,
        nid: place.nid,
        instanceId: `${place.cid}-${place.nid}`,
        ip: addresses[index] ?? "127.0.0.1",
        devices: devices.value,
      };
      if (present[index] === null) await makeNode(place, record);
    }
  }
  return answer(await inspectAll(places));
}

/** Which real devices the cluster's nodes get. They stand on one machine, so more nodes need more devices; declared ones are only counted. */
async function reserveDevices(
  request: CreateRequest,
  others: readonly InstanceFile[],
  machine: Machine,
  signal: AbortSignal,
): Promise<ProviderAnswer<number[]>> {
  const wanted = request.placement.accelerator;
  if (wanted === null || request.placement.virtual) return answer([]);
  const found: Devices | undefined = (await machine.devices(signal)).find((device) => device.name === wanted.name);
  const taken = new Set(others.flatMap((record) => record.devices));
  const free = Array.from({ length: found?.count ?? 0 }, (_, index) => index).filter((index) => !taken.has(index));
  const count = Math.ceil(wanted.count);
  if (free.length >= count && request.nodeCount === 1) return answer(free.slice(0, count));
  return failure({
    kind: "capacity",
    reach: "offer",
    message: `this machine has ${free.length} free ${wanted.name}, ${count * request.nodeCount} are asked for`,
    hint: "take down a local cluster that holds some (stix status), or ask for fewer",
  });
}

function localPower(root: string): Power {
  return {
    stop: (cid, signal) =>
      guarded(`cannot stop local cluster '${cid}'`, async () =>
        provenDead(await stopNodes(await nodePlaces(root, cid), signal)),
      ),
    start: (cid) =>
      guarded(`cannot start local cluster '${cid}'`, async () => {
        await Promise.all((await nodePlaces(root, cid)).map(wakeNode));
        return done;
      }),
  };
}

function localAccess(environment: ProviderEnvironment): NodeAccess {
  const place = (instance: Instance): NodePlace => nodePlace(environment.localCloud, instance.cid, instance.nid);
  const turnstiles = new Map<string, Turnstile>();
  const oneAtATime = (key: string): Turnstile => {
    const turnstile = turnstiles.get(key) ?? createTurnstile();
    turnstiles.set(key, turnstile);
    return turnstile;
  };
  return {
    paths: (instance) => ({ agent: agentFolder(place(instance)), home: homeFolder(place(instance)) }),
    writeAgentFile: (instance, name, content, mode = 0o600) =>
      guarded(`cannot write '${name}' of node ${instance.nid}`, async () => {
        await writeWhole(join(agentFolder(place(instance)), name), content, { mode });
        return done;
      }),
    readAgentFile: (instance, name) => readFile(join(agentFolder(place(instance)), name), "utf8").catch(() => null),
    startAgent: (instance) =>
      guarded(`cannot start the agent of node ${instance.nid}`, async () => {
        await oneAtATime(`${instance.cid}/${instance.nid}`).pass(() => startSupervisor(place(instance), environment));
        return done;
      }),
    restartAgent: (instance) =>
      guarded(`cannot restart the agent of node ${instance.nid}`, async () => {
        await oneAtATime(`${instance.cid}/${instance.nid}`).pass(async () => {
          await endNode(place(instance));
          await startSupervisor(place(instance), environment);
        });
        return done;
      }),
    complaint: (instance) => agentComplaint(place(instance)),
    placeFiles: (instance, files, signal) =>
      guarded("cannot copy files", () =>
        placeOnNode(place(instance), files, { root: environment.localCloud, oneAtATime, signal }),
      ),
  };
}

function inspectAll(places: readonly NodePlace[]): Promise<Instance[]> {
  return Promise.all(places.map(inspectNode));
}

function provenDead(left: readonly number[]): ProviderAnswer<void> {
  if (left.length === 0) return done;
  return failure({
    kind: "transient",
    reach: "offer",
    message: `processes ${left.join(", ")} do not end`,
    hint: "they wait for the kernel (a network disk that does not answer?); look at them with ps, then try again",
  });
}

async function guarded<T>(doing: string, work: () => Promise<ProviderAnswer<T>>): Promise<ProviderAnswer<T>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    return localFailure(doing, error);
  }
}
