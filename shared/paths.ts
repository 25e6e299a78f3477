// Where STIX keeps its state on the controller's machine. Every path follows from one folder, which the environment may move.

export interface StatePaths {
  /** ~/.stix, or STIX_HOME. Mode 0700. */
  readonly root: string;
  readonly database: string;
  /** {pid, port, host, version, startedAt} of the running server; written by the server when it is ready. */
  readonly serverInfo: string;
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

/** `env` is the process environment; HOME must be set when STIX_HOME is not. */
export function statePaths(env: Readonly<Record<string, string | undefined>>): StatePaths {
  const root = env["STIX_HOME"] ?? `${env["HOME"] ?? ""}/.stix`;
  return {
    root,
    database: `${root}/state.db`,
    serverInfo: `${root}/server.json`,
    serverLock: `${root}/server.lock`,
    serverLog: `${root}/server.log`,
    serverToken: `${root}/server.token`,
    requestLogs: `${root}/requests`,
    uploads: `${root}/uploads`,
    hub: `${root}/hub`,
    localCloud: `${root}/local`,
    parts: `${root}/parts`,
    userHash: `${root}/user_hash`,
    config: `${root}/config.yaml`,
    ssh: `${root}/ssh`,
  };
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
