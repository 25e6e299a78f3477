// Finds the server, starts the local one when it is absent, and replaces one of another version when nothing runs on it.
import { readFileSync } from "node:fs";
import { callPath } from "#shared/api/calls.ts";
import { USER_HEADER, USER_NAME_HEADER, WORKSPACE_HEADER } from "#shared/api/principal-headers.ts";
import { SERVER_TOKEN_HEADER } from "#shared/api/server-token.ts";
import { STATE_FOLDER_HEADER } from "#shared/api/state-folder.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Clock, Random } from "#shared/clock.ts";
import type { StatePaths } from "#shared/paths.ts";
import { version } from "#shared/version.ts";
import { callJson, type Connection, type JsonRecord } from "#controller/sdk/connection.ts";
import type { Endpoint } from "#controller/sdk/endpoint.ts";
import { hereEndpoint, readServerInfo, resolveEndpoint } from "./endpoint.ts";
import { field, textField } from "#controller/sdk/read.ts";
import { sharedEnvironment, userHash, userName } from "./identity.ts";
import { askHealth } from "#controller/sdk/health.ts";
import { startLocalServer, type LocalServer } from "./start-local-server.ts";
import { stopLocalServer } from "./stop-local-server.ts";
import { portTaken } from "./port-taken.ts";
import { isSuspended, ownFolder, serverPid, suspendedError } from "./server-process.ts";
import { watchServer } from "#controller/sdk/server-watch.ts";

/** Shorter is a hand on Ctrl-Z and `fg`. */
const SUSPENDED_PATIENCE_MS = 1_000;
const SUSPENDED_POLL_MS = 100;
/** As long as anybody waits for it. */
const HEALTH_PATIENCE_MS = 120_000;

export interface ConnectFields {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: StatePaths;
  readonly clock: Clock;
  readonly random: Random;
  readonly self: readonly string[];
  /** The command as typed, for the server's records. */
  readonly commandLine: string;
  /** "launch", "jobs queue". */
  readonly command: string;
  /** What --config and the client's own files say. */
  readonly overrideConfig: JsonRecord;
  readonly noStart: boolean;
  /** Aborted by Ctrl-C. */
  readonly interrupted: () => AbortSignal;
  /** Told when a server is being started or replaced, or does not answer. */
  readonly tell: (line: string) => void;
}

/** Makes no call when the local server's file is there with our version: the first real call finds out. */
export async function connect(fields: ConnectFields): Promise<Connection> {
  const { env, paths, clock, random } = fields;
  const endpoint = resolveEndpoint(env, paths, fields.overrideConfig);
  const local: LocalServer = { paths, env, clock, self: fields.self, tell: fields.tell };
  let base: JsonRecord | undefined;
  let ready: Promise<void> | undefined;
  const connection: Connection = {
    endpoint,
    clock,
    random,
    userHash: () => userHash(env, paths, random),
    headers: () => ({ ...callerHeaders(fields), ...ownHeaders(endpoint, paths) }),
    stranger: () => portTaken(endpoint.url),
    token:
      nonEmpty(env["SKYPILOT_SERVICE_ACCOUNT_TOKEN"]) ??
      textField(field(fields.overrideConfig, "api_server"), "service_account_token"),
    interrupted: fields.interrupted,
    watch: watchServer({
      url: endpoint.url,
      monotonic: () => clock.monotonic(),
      suspended: () => (endpoint.local ? suspendedNow(paths, true) : undefined),
      askHealth: () => askHealth(endpoint.url, HEALTH_PATIENCE_MS),
      cure: endpoint.local
        ? "To end it: {program} api stop --force; clusters and jobs go on without it."
        : `To see more: curl ${endpoint.url}${callPath("health")}`,
      tell: fields.tell,
    }),
    baseBody: () => {
      base ??= {
        env_vars: sharedEnvironment(env, paths, random),
        entrypoint: `sky.client.cli.command.${fields.command.replaceAll(/[ -]/g, "_")}`,
        entrypoint_command: fields.commandLine,
        using_remote_api_server: !endpoint.local,
        override_skypilot_config: withoutToken(fields.overrideConfig),
        override_skypilot_config_path: "[null, null]",
        file_mounts_blob_id: null,
        client_api_version: null,
        workspace_access: null,
      };
      return base;
    },
    ready: () => {
      ready ??= found(fields, endpoint, local);
      return ready;
    },
    revive: async (cause) => {
      if (!mayStart(fields, endpoint)) throw cause;
      await startLocalServer(local);
    },
  };
  const info = endpoint.local && !fields.noStart ? readServerInfo(paths) : undefined;
  if (info !== undefined && info.version !== version) await unlessSuspended(local);
  if (info !== undefined && info.version !== version) await replace(connection, local, info.version, fields.tell);
  return connection;
}

/** Who asks: also for calls without a body. */
function callerHeaders({ env, paths, random, overrideConfig }: ConnectFields): Record<string, string> {
  const workspace = textField(overrideConfig, "active_workspace");
  return {
    [USER_HEADER]: userHash(env, paths, random),
    [USER_NAME_HEADER]: encodeURIComponent(userName(env)),
    ...(workspace !== undefined && { [WORKSPACE_HEADER]: encodeURIComponent(workspace) }),
  };
}

/** What only the server of this machine is told. */
function ownHeaders({ local, from }: Endpoint, paths: StatePaths): Record<string, string> {
  const token = local ? readServerToken(paths.serverToken) : undefined;
  return {
    ...(token !== undefined && { [SERVER_TOKEN_HEADER]: token }),
    // Who named the server means that one, whatever folder it has.
    ...(from === hereEndpoint && { [STATE_FOLDER_HEADER]: encodeURIComponent(ownFolder(paths)) }),
  };
}

function readServerToken(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // No server was started from this folder yet; the server asks the kernel then.
    return undefined;
  }
}

function mayStart({ env, noStart }: ConnectFields, endpoint: Endpoint): boolean {
  return endpoint.local && !noStart && env["SKYPILOT_DISABLE_LOCAL_API_SERVER"] !== "1";
}

/**
 * Without a server of ours that lives, whoever listens on its port is somebody else's until it proves otherwise: SkyPilot's
 * own server would take our calls and launch for us, another user's program our token and our tasks.
 */
async function found(fields: ConnectFields, endpoint: Endpoint, local: LocalServer): Promise<void> {
  if (endpoint.local && !fields.noStart) await unlessSuspended(local);
  if (endpoint.from !== hereEndpoint || !mayStart(fields, endpoint) || serverPid(fields.paths) !== undefined) return;
  await startLocalServer(local);
}

/** What a suspended server was sent would be done when it goes on, after its sender was told that it failed: so nothing is sent. */
async function unlessSuspended({ paths, clock }: LocalServer): Promise<void> {
  const deadline = clock.monotonic() + SUSPENDED_PATIENCE_MS;
  for (;;) {
    const error = suspendedNow(paths, false);
    if (error === undefined) return;
    if (clock.monotonic() >= deadline) throw error;
    await clock.sleep(SUSPENDED_POLL_MS);
  }
}

function suspendedNow(paths: StatePaths, asked: boolean): StixError | undefined {
  const pid = serverPid(paths);
  return pid !== undefined && isSuspended(pid) ? suspendedError(pid, asked) : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** The server knows where it is, and the token is for the header alone. */
function withoutToken(config: JsonRecord): JsonRecord {
  const { api_server: _server, ...rest } = config;
  return rest;
}

/** An older or newer server of our own: restart it when it has nothing to do, else say so. */
async function replace(
  connection: Connection,
  local: LocalServer,
  running: string,
  tell: (line: string) => void,
): Promise<void> {
  const unfinished = await callJson(connection, "request.list", { noRevive: true }).catch(() => undefined);
  // Nobody answers: the file is a leftover, and the first call starts the right one.
  if (unfinished === undefined) return;
  if (Array.isArray(unfinished) && unfinished.length > 0) {
    throw new StixError({
      code: "version-mismatch",
      message: `the API server is ${running}, this program is ${version}, and ${unfinished.length} requests are running`,
      hint: "{program} api status, and when they have ended: {program} api stop && {program} api start",
    });
  }
  tell(`Restarting the API server: it is ${running}, this program is ${version}.`);
  await stopLocalServer(local);
  await startLocalServer(local);
}
