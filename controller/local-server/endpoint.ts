// Which server to talk to: named by the environment, by the user's configuration, or the local one.
import { readFileSync } from "node:fs";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Endpoint } from "#controller/sdk/endpoint.ts";
import { defaultServerHost, serverPort, type StatePaths } from "#shared/paths.ts";
import { field, textField } from "#controller/sdk/read.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** `from` of an endpoint that nobody named. */
export const hereEndpoint = "this machine";
/** What `from` of an endpoint that a variable named begins with; the name follows. */
export const variableEndpoint = "the variable ";

/** What the local server says of itself in its file. */
export interface ServerInfo {
  readonly pid: number;
  readonly port: number;
  /** The port it was told to take, which it may have had to leave to a connection. */
  readonly wanted?: number;
  readonly host: string;
  readonly version: string;
}

/** The first that is set names the server. */
export const endpointVariables = ["STIX_API_SERVER_ENDPOINT", "SKYPILOT_API_SERVER_ENDPOINT"] as const;

/** `config` is the client's merged configuration. Throws StixError `bad-value` for an address that is none. */
export function resolveEndpoint(env: Env, paths: StatePaths, config: unknown): Endpoint {
  for (const name of endpointVariables) {
    const value = env[name];
    if (value !== undefined && value !== "") return named(value, `${variableEndpoint}${name}`, env, paths);
  }
  const configured = textField(field(config, "api_server"), "endpoint");
  if (configured !== undefined) return named(configured, "api_server.endpoint of the configuration", env, paths);
  return localEndpoint(env, paths);
}

/** The server of this machine, where its own file says it listens, else where it would: a connection may have had the port it was to take. */
export function localEndpoint(env: Env, paths: StatePaths): Endpoint {
  const wanted = serverPort(env);
  const isAsked = (env["STIX_API_PORT"] ?? env["SKYPILOT_API_SERVER_LOCAL_PORT"]) !== undefined;
  const info = readServerInfo(paths);
  const port = info !== undefined && (!isAsked || info.wanted === wanted) ? info.port : wanted;
  return { url: `http://${defaultServerHost}:${port}`, local: true, from: hereEndpoint };
}

/** Undefined when there is no such file or it is half written. */
export function readServerInfo(paths: StatePaths): ServerInfo | undefined {
  try {
    const info: unknown = JSON.parse(readFileSync(paths.serverInfo, "utf8"));
    return isServerInfo(info) ? info : undefined;
  } catch {
    // Absent before the first start; a torn file is as good as none, since health is asked next.
    return undefined;
  }
}

function isServerInfo(value: unknown): value is ServerInfo {
  if (typeof value !== "object" || value === null) return false;
  const fields: Partial<Record<string, unknown>> = { ...value };
  return (
    typeof fields["pid"] === "number" && typeof fields["port"] === "number" && typeof fields["version"] === "string"
  );
}

function named(value: string, from: string, env: Env, paths: StatePaths): Endpoint {
  const trimmed = value.replace(/\/+$/, "");
  if (!URL.canParse(trimmed) || !/^https?:/.test(trimmed)) {
    throw new StixError({
      code: "bad-value",
      message: `'${value}' from ${from} is not the address of a server`,
      hint: "give an address such as https://stix.example.com or http://127.0.0.1:46580",
    });
  }
  const { hostname, port } = new URL(trimmed);
  const own = localEndpoint(env, paths);
  const isHere = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  if (isHere && Number(port) === readServerInfo(paths)?.wanted) return { url: own.url, local: true, from };
  return { url: trimmed, local: isHere && port === new URL(own.url).port, from };
}
