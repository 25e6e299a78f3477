// The built-in cloud: a node is a folder on this machine with its own HOME, an agent, and the processes of its jobs.
import { userInfo } from "node:os";
import { resolve } from "node:path";
import { noCapabilities, type Power } from "../contract/capabilities.ts";
import type { ProviderEnvironment } from "../contract/environment.ts";
import type { ProviderAnswer } from "../contract/failure.ts";
import type { Instance } from "../contract/instance.ts";
import { placeOf } from "../contract/place.ts";
import type { CreateRequest, Doomed, Provider } from "../contract/provider.ts";
import { answer, done, failure } from "../kit/answer.ts";
import type { InstanceFile } from "../kit/folder-node/files.ts";
import { nodePlace, readInstance, type NodePlace } from "../kit/folder-node/node.ts";
import { onThisMachine } from "../kit/machine-failure.ts";
import { createTurnstile, type Turnstile } from "../kit/turnstile.ts";
import { chooseAddresses } from "./addresses.ts";
import { inspectNode, makeNode, nodePlaces, removeCluster, removeNodes, stopNodes, wakeNode } from "./client.ts";
import { manifest } from "./manifest.ts";
import { findDevices, foundSize, localOffers, machineSize, type Devices } from "./offers.ts";

/** The provider of this machine's nodes below `environment.localCloud`. */
export function createLocalProvider(environment: ProviderEnvironment): Provider {
  // Agents and jobs have other working folders than we.
  const root = resolve(environment.localCloud);
  const devices = rememberDevices(environment);
  const creation = turnstileOf(root);
  return {
    ...noCapabilities,
    cloud: manifest.id,
    everywhere: placeOf({ cloud: manifest.id, region: null, zone: null }, environment.account.workspace),
    check: async () => answer({ account: userInfo().username }),
    describe: async (_place, signal) =>
      onThisMachine("cannot ask this machine for its devices", signal, async () =>
        answer(localOffers(await devices(signal), machineSize(environment.env, foundSize()))),
      ),
    create: (request, signal) =>
      onThisMachine(`cannot create nodes of '${request.clusterName}'`, signal, () =>
        creation.pass(() => createNodes(request, { root, devices }, signal)),
      ),
    list: ({ cid }, signal) =>
      onThisMachine("cannot list local nodes", signal, async () =>
        answer(await inspectAll(await nodePlaces(root, cid))),
      ),
    remove: (doomed, signal) =>
      onThisMachine(`cannot remove local cluster '${doomed.cid}'`, signal, () => removeMarked(root, doomed, signal)),
    power: localPower(root),
  };
}

// Addresses and devices are given out by one creation at a time, whatever the account: it is one machine.
const creations = new Map<string, Turnstile>();

function turnstileOf(root: string): Turnstile {
  const turnstile = creations.get(root) ?? createTurnstile();
  creations.set(root, turnstile);
  return turnstile;
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
  const { cid, attempt } = request;
  signal.throwIfAborted();
  const standing = await Promise.all((await nodePlaces(root, cid)).map(readInstance));
  const other = standing.find((record) => record !== null && record.attempt !== null && record.attempt !== attempt);
  if (other !== undefined && other !== null) return standsInTheWay(request, other);
  const places = Array.from({ length: request.nodeCount }, (_, index) => nodePlace(root, cid, `n${index}`));
  const present = await Promise.all(places.map(readInstance));
  if (present.some((record) => record === null)) {
    const others = (
      await Promise.all((await nodePlaces(root, null)).filter((place) => place.cid !== cid).map(readInstance))
    ).filter((record) => record !== null);
    const devices = await reserveDevices(request, others, machine, signal);
    if (!devices.ok) return devices;
    const addresses = chooseAddresses(
      cid,
      request.nodeCount,
      new Set(others.map((record) => record.ip)),
      process.platform === "linux",
    );
    for (const [index, place] of places.entries()) {
      signal.throwIfAborted();
      const record: InstanceFile = {
        v: 1,
        cid,
        attempt,
        nid: place.nid,
        instanceId: `${cid}-${place.nid}`,
        ip: addresses[index] ?? "127.0.0.1",
        devices: devices.value,
      };
      if (present[index] === null) await makeNode(place, record);
    }
  }
  return answer(await inspectAll(places));
}

/** A node's folder is named by its cluster alone, so two attempts cannot stand side by side. */
function standsInTheWay({ clusterName }: CreateRequest, { cid, attempt }: InstanceFile): ProviderAnswer<never> {
  return failure({
    kind: "conflict",
    reach: "offer",
    message: `nodes of '${clusterName}' from another attempt (${attempt}) are still there`,
    hint: `remove them first: stix down ${clusterName}; they are marked ${cid}`,
  });
}

/** Which real devices the cluster's nodes get. They stand on one machine, so more nodes need more devices; declared ones are only counted. */
async function reserveDevices(
  request: CreateRequest,
  others: readonly InstanceFile[],
  machine: Machine,
  signal: AbortSignal,
): Promise<ProviderAnswer<number[]>> {
  const wanted = request.machine.accelerator;
  if (wanted === null || request.machine.virtual) return answer([]);
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

/** A node that does not tell its attempt counts for each: nobody else would take it away. */
async function removeMarked(
  root: string,
  { cid, attempt }: Doomed,
  signal: AbortSignal,
): Promise<ProviderAnswer<void>> {
  const all = await nodePlaces(root, cid);
  const attempts = await Promise.all(all.map(async (place) => (await readInstance(place))?.attempt ?? null));
  const doomed = all.filter((_, at) => attempt === null || attempts[at] === null || attempts[at] === attempt);
  const left = await removeNodes(doomed, signal);
  if (left.length === 0) await removeCluster(root, cid);
  return provenDead(left);
}

function localPower(root: string): Power {
  return {
    stop: ({ cid }, signal) =>
      onThisMachine(`cannot stop local cluster '${cid}'`, signal, async () =>
        provenDead(await stopNodes(await nodePlaces(root, cid), signal)),
      ),
    start: ({ cid }, signal) =>
      onThisMachine(`cannot start local cluster '${cid}'`, signal, async () => {
        await Promise.all((await nodePlaces(root, cid)).map(wakeNode));
        return done;
      }),
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
