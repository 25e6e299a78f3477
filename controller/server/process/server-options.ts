// What the server is told on its command line.
import { parseArgs } from "node:util";
import { StixError, errorText } from "#shared/errors/stix-error.ts";
import { isLoopback } from "#shared/loopback.ts";
import { defaultServerHost, serverPort } from "#shared/paths.ts";

export interface ServerOptions {
  /** An address, never a name: which user is at the other end of a connection is looked up by both ends' addresses. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly foreground: boolean;
}

/** Throws usage; forbidden for an address that others can reach while nobody has to say who he is. */
export function parseServerOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ServerOptions {
  const { host, port, foreground } = parsed(argv);
  const number = port === undefined ? serverPort(env) : Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new StixError({
      code: "usage",
      message: `'${port ?? ""}' is no port`,
      hint: "give a number from 1 to 65535",
    });
  if (!isLoopback(host)) {
    throw new StixError({
      code: "forbidden",
      message: `will not listen on ${host}: others could use this server, and authentication is not built yet`,
      hint: `listen on ${defaultServerHost}, and reach it from elsewhere by ssh -L ${number}:${defaultServerHost}:${number}`,
    });
  }
  return { host: host === "localhost" ? defaultServerHost : host, port: number, foreground };
}

function parsed(argv: readonly string[]): {
  readonly host: string;
  readonly port: string | undefined;
  readonly foreground: boolean;
} {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { host: { type: "string" }, port: { type: "string" }, foreground: { type: "boolean" } },
      strict: true,
    });
    return { host: values.host ?? defaultServerHost, port: values.port, foreground: values.foreground ?? false };
  } catch (error) {
    throw new StixError({
      code: "usage",
      message: errorText(error),
      hint: "--host ADDRESS --port PORT --foreground",
      cause: error,
    });
  }
}
