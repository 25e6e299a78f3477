// Where STIX keeps its state on the controller's machine. Every path follows from one folder, which the environment may move.
import { StixError } from "./errors/stix-error.ts";

export interface StatePaths {
  /** ~/.stix, or STIX_HOME; absolute. Mode 0700. */
  readonly root: string;
  readonly database: string;
  /** {pid, port, host, version, startedAt} of the running server; written by the server when it is ready. */
  readonly serverInfo: string;
  /** Room that a start on a full disk gives back. */
  readonly reserve: string;
  /** Held (locked) by the one running server. */
  readonly serverLock: string;
  readonly serverLog: string;
  /** What a command of the same user shows to the server of this folder; new at every start of it. */
  readonly serverToken: string;
  /** <request id>.log */
  readonly requestLogs: string;
  /** Content-addressed archives from clients. */
  readonly uploads: string;
  /** nats-server: configuration, keys, store, pid, log. */
  readonly hub: string;
  /** <cid>/<nid>/{agent,home}: nodes of the built-in cloud. */
  readonly localCloud: string;
  /** Executables that were unpacked, by content. */
  readonly parts: string;
  /** Eight hex digits that stand for this user. */
  readonly userHash: string;
  readonly config: string;
  /** ssh configuration of clusters. */
  readonly ssh: string;
}

/**
 * Servers of one database share the logs of requests, uploads, the hub and the nodes of this machine: STIX_SHARED_DIR names where
 * these are. `env` is the process environment, `cwd` gives the folder that a relative STIX_HOME is meant from. Throws `bad-value` when
 * neither STIX_HOME nor HOME says where: the root of the file system is nobody's home.
 */
export function statePaths(
  env: Readonly<Record<string, string | undefined>>,
  cwd: () => string = () => process.cwd(),
): StatePaths {
  const root = stateFolder(env, cwd);
  const named = env["STIX_SHARED_DIR"] ?? "";
  const shared = named === "" ? root : folderOf(named, env["HOME"] ?? "", cwd);
  return {
    root,
    database: `${root}/state.db`,
    serverInfo: `${root}/server.json`,
    reserve: `${root}/reserve`,
    serverLock: `${root}/server.lock`,
    serverLog: `${root}/server.log`,
    serverToken: `${root}/server.token`,
    requestLogs: `${shared}/requests`,
    uploads: `${shared}/uploads`,
    hub: `${shared}/hub`,
    localCloud: `${shared}/local`,
    parts: `${shared}/parts`,
    userHash: `${root}/user_hash`,
    config: `${root}/config.yaml`,
    ssh: `${root}/ssh`,
  };
}

function stateFolder(env: Readonly<Record<string, string | undefined>>, cwd: () => string): string {
  const home = env["HOME"] ?? "";
  const named = env["STIX_HOME"] ?? "";
  if (home === "" && (named === "" || /^~(\/|$)/.test(named))) {
    throw new StixError({
      code: "bad-value",
      message: "HOME is not set, so there is no folder for the state",
      hint: "export HOME=/home/you, or STIX_HOME=/a/folder",
    });
  }
  return folderOf(named === "" ? `${home}/.stix` : named, home, cwd);
}

function folderOf(named: string, home: string, cwd: () => string): string {
  const folder = named.replace(/^~(?=\/|$)/, home);
  return straightened(folder.startsWith("/") ? folder : `${cwd()}/${folder}`);
}

/** As node:path does it, which every command would have to load. */
function straightened(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Where the API server listens by default, and the variables that move it. */
export const defaultServerHost = "127.0.0.1";
export const defaultServerPort = 46580;

/** SkyPilot's variables are understood; ours win. */
export function serverPort(env: Readonly<Record<string, string | undefined>>): number {
  const text = env["STIX_API_PORT"] ?? env["SKYPILOT_API_SERVER_LOCAL_PORT"];
  const port = Number(text ?? defaultServerPort);
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : defaultServerPort;
}
