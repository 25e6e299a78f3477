// What is wrong, by the facts that were gathered, each with the command that mends it. Pure.
import { callPath } from "#shared/api/calls.ts";

export type ServerFacts =
  | { readonly is: "well"; readonly version: string; readonly stateFolder: string | undefined; readonly ms: number }
  | { readonly is: "suspended"; readonly pid: number }
  | { readonly is: "silent"; readonly pid: number | undefined }
  | { readonly is: "nobody" }
  /** Another program, or another user's server: his name where the kernel tells it. */
  | { readonly is: "somebody else"; readonly user: string | undefined };

export interface DoctorFacts {
  readonly program: string;
  readonly version: string;
  readonly url: string;
  /** False: the server is on another machine, and this one holds nothing of it. */
  readonly local: boolean;
  readonly port: number;
  readonly server: ServerFacts;
  /** Without links; null when there is none yet. */
  readonly folder: {
    readonly path: string;
    readonly writable: boolean;
    readonly loose: readonly string[];
    readonly foreign: readonly string[];
  } | null;
  readonly root: string;
  readonly database:
    | { readonly is: "absent" }
    | { readonly is: "well" }
    | { readonly is: "damaged" | "unreadable"; readonly why: string };
  readonly hub: {
    readonly alive: boolean;
    readonly listening: boolean;
    readonly port: number | null;
    readonly keyBytes: number | null;
  } | null;
  readonly disk: {
    readonly freeBytes: number;
    readonly totalBytes: number;
    readonly freeFiles: number;
    readonly totalFiles: number;
  } | null;
  /** Milliseconds since the epoch: now, the day of the build, the newest file of the state folder. */
  readonly clock: { readonly now: number; readonly built: number | null; readonly newestFile: number | null };
  /** Ports that the system gives to connections. */
  readonly ephemeral: readonly [number, number] | null;
  /** null: the server could not be asked. */
  readonly fleet: {
    readonly unwell: readonly string[];
    readonly clusters: number;
    readonly leaks: number | null;
  } | null;
}

export interface Check {
  readonly name:
    | "server"
    | "versions"
    | "database"
    | "hub"
    | "disk"
    | "clock"
    | "ports"
    | "permissions"
    | "clusters"
    | "leaks";
  readonly state: "good" | "doubtful" | "bad";
  readonly what: string;
  /** What to type; undefined where nothing is to be done. */
  readonly cure?: string;
}

const GIB = 2 ** 30;
const DISK_BAD_BYTES = 0.1 * GIB;
const DISK_DOUBTFUL_BYTES = 2 * GIB;
const FILES_DOUBTFUL_SHARE = 0.02;
const HUB_KEY_BYTES = 32;
const CLOCK_SLACK_MS = 120_000;
const SLOW_MS = 1_000;

export function judgeFacts(facts: DoctorFacts): readonly Check[] {
  const everywhere = [serverCheck(facts), versionCheck(facts)];
  const here = facts.local
    ? [
        databaseCheck(facts),
        hubCheck(facts),
        diskCheck(facts),
        clockCheck(facts),
        portCheck(facts),
        permissionCheck(facts),
      ]
    : [];
  return [...everywhere, ...here, ...fleetChecks(facts)];
}

function serverCheck({ server, url, program, local, folder, root }: DoctorFacts): Check {
  const name = "server";
  switch (server.is) {
    case "well":
      if (local && server.stateFolder !== undefined && server.stateFolder !== (folder?.path ?? root)) {
        return {
          name,
          state: "bad",
          what: `the server at ${url} belongs to another state folder, ${server.stateFolder}`,
          cure: `STIX_HOME=${server.stateFolder} ${program} status, or STIX_API_PORT=<another port> ${program} api start`,
        };
      }
      return {
        name,
        state: server.ms > SLOW_MS ? "doubtful" : "good",
        what: `${url} answered in ${server.ms} ms`,
        ...(server.ms > SLOW_MS && { cure: `${program} api status: what it is at work on` }),
      };
    case "suspended":
      return {
        name,
        state: "bad",
        what: `the server (process ${server.pid}) is suspended and answers nothing`,
        cure: `${program} api start`,
      };
    case "silent":
      return {
        name,
        state: "bad",
        what: `the server at ${url} takes connections and does not answer`,
        cure: local ? `${program} api stop --force` : `curl ${url}${callPath("health")}`,
      };
    case "nobody":
      return local
        ? {
            name,
            state: "doubtful",
            what: "it does not run; any command that needs it starts it",
            cure: `${program} api start`,
          }
        : { name, state: "bad", what: `nothing answers at ${url}`, cure: `curl ${url}${callPath("health")}` };
    case "somebody else":
      return {
        name,
        state: "bad",
        what:
          server.user === undefined
            ? `another program answers at ${url}`
            : `a program of ${server.user} answers at ${url}`,
        cure: `STIX_API_PORT=<another port> ${program} api start`,
      };
  }
}

function versionCheck({ server, version, program, local }: DoctorFacts): Check {
  const name = "versions";
  if (server.is !== "well")
    return { name, state: "good", what: `this program is ${version}; no server to compare it with` };
  if (server.version === version) return { name, state: "good", what: `program and server are ${version}` };
  return {
    name,
    state: "doubtful",
    what: `this program is ${version}, the server ${server.version}`,
    cure: local ? `${program} api stop && ${program} api start` : "use a program of the server's version",
  };
}

function databaseCheck({ database, root, program }: DoctorFacts): Check {
  const name = "database";
  const path = `${root}/state.db`;
  if (database.is === "absent") return { name, state: "good", what: "there is none yet" };
  if (database.is === "well") return { name, state: "good", what: `${path} is whole` };
  if (database.is === "unreadable")
    return { name, state: "bad", what: `${path} cannot be read: ${database.why}`, cure: `ls -l ${path}` };
  return {
    name,
    state: "bad",
    what: `${path} is damaged: ${database.why}`,
    cure: `put a backup there, or: mv ${path} ${path}.damaged && ${program} doctor adopt`,
  };
}

function hubCheck({ hub, server, program, root }: DoctorFacts): Check {
  const name = "hub";
  if (hub === null) return { name, state: "good", what: "it was never started" };
  if (hub.keyBytes !== null && hub.keyBytes !== HUB_KEY_BYTES) {
    return {
      name,
      state: "bad",
      what: `hub/keys/hub.key has ${hub.keyBytes} bytes instead of ${HUB_KEY_BYTES}: clusters would be locked out`,
      cure: `put a backup there, or: mv ${root}/hub/keys/hub.key ${root}/hub/keys/hub.key.damaged, then ${program} start each cluster`,
    };
  }
  const where = hub.port === null ? "" : ` on port ${hub.port}`;
  if (hub.alive && hub.listening) return { name, state: "good", what: `nats-server listens${where}` };
  if (server.is !== "well") return { name, state: "good", what: "it rests with the server" };
  return {
    name,
    state: "bad",
    what: hub.alive ? `nats-server runs and does not listen${where}` : "nats-server does not run",
    cure: `${program} api stop && ${program} api start`,
  };
}

function diskCheck({ disk, root, program }: DoctorFacts): Check {
  const name = "disk";
  if (disk === null)
    return { name, state: "doubtful", what: `how much room ${root} has is not known`, cure: `df -h ${root}` };
  const free = `${(disk.freeBytes / GIB).toFixed(1)} GiB free`;
  if (disk.freeBytes < DISK_BAD_BYTES)
    return {
      name,
      state: "bad",
      what: `only ${free} for ${root}`,
      cure: `df -h ${root}, and ${program} down what is not needed`,
    };
  if (disk.totalFiles > 0 && disk.freeFiles < disk.totalFiles * FILES_DOUBTFUL_SHARE)
    return { name, state: "doubtful", what: `room for only ${disk.freeFiles} more files`, cure: `df -i ${root}` };
  if (disk.freeBytes < DISK_DOUBTFUL_BYTES) return { name, state: "doubtful", what: free, cure: `df -h ${root}` };
  return { name, state: "good", what: free };
}

function clockCheck({ clock }: DoctorFacts): Check {
  const name = "clock";
  const cure = "timedatectl set-ntp true";
  if (clock.built !== null && clock.now < clock.built)
    return {
      name,
      state: "bad",
      what: `it says ${new Date(clock.now).toISOString()}, which is before this program was built`,
      cure,
    };
  if (clock.newestFile !== null && clock.newestFile > clock.now + CLOCK_SLACK_MS)
    return {
      name,
      state: "bad",
      what: `it stands before files that were written already (${new Date(clock.newestFile).toISOString()})`,
      cure,
    };
  return { name, state: "good", what: new Date(clock.now).toISOString() };
}

function portCheck({ port, ephemeral, server, program }: DoctorFacts): Check {
  const name = "ports";
  if (server.is === "somebody else")
    return {
      name,
      state: "bad",
      what: `port ${port} is taken`,
      cure: `STIX_API_PORT=<another port> ${program} api start`,
    };
  if (ephemeral !== null && port >= ephemeral[0] && port <= ephemeral[1]) {
    return {
      name,
      state: "doubtful",
      what: `the system may give port ${port} to a connection (${ephemeral[0]} to ${ephemeral[1]}), and a start of the server would fail then`,
      cure: `sysctl -w net.ipv4.ip_local_reserved_ports=${port}`,
    };
  }
  return { name, state: "good", what: server.is === "well" ? `the server has port ${port}` : `port ${port} is free` };
}

function permissionCheck({ folder, root }: DoctorFacts): Check {
  const name = "permissions";
  if (folder === null) return { name, state: "good", what: `${root} is made when it is needed` };
  if (folder.foreign.length > 0)
    return {
      name,
      state: "bad",
      what: `another user owns ${folder.foreign.join(", ")}`,
      cure: `sudo chown -R $(id -u) ${root}`,
    };
  if (!folder.writable) return { name, state: "bad", what: `${root} cannot be written`, cure: `chmod u+rwx ${root}` };
  if (folder.loose.length > 0)
    return {
      name,
      state: "bad",
      what: `other users may read ${folder.loose.join(", ")}`,
      cure: `chmod -R go-rwx ${root}`,
    };
  return { name, state: "good", what: `${root} is this user's alone` };
}

function fleetChecks({ fleet, program }: DoctorFacts): readonly Check[] {
  if (fleet === null) return [];
  const { unwell, clusters, leaks } = fleet;
  const [first] = unwell;
  const state: Check =
    first === undefined
      ? { name: "clusters", state: "good", what: clusters === 0 ? "there are none" : `${clusters} of them, all whole` }
      : { name: "clusters", state: "bad", what: `not whole: ${unwell.join(", ")}`, cure: `${program} start ${first}` };
  const leaked: readonly Check[] =
    leaks === null
      ? [{ name: "leaks", state: "doubtful", what: "not every cloud could be asked", cure: `${program} doctor leaks` }]
      : [
          leaks === 0
            ? { name: "leaks", state: "good", what: "no machines without a record" }
            : {
                name: "leaks",
                state: "bad",
                what: `${leaks} cluster${leaks === 1 ? "" : "s"} of machines without a record`,
                cure: `${program} doctor leaks`,
              },
        ];
  return [state, ...leaked];
}
