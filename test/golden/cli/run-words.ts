// Runs the command line inside this process against a fixture server: no terminal, a clock that stands still, a folder of its own.
import { mkdirSync } from "node:fs";
import { realRandom, type Clock, type Random } from "#shared/clock.ts";
import { statePaths } from "#shared/paths.ts";
import { connect } from "#controller/local-server/connect.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { runCli } from "#controller/cli/main.ts";
import { typedCommand } from "#controller/cli/frame/typed-command.ts";
import { fixtureNow } from "./fixture-server.ts";

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunFields {
  /** Folder for HOME and state. */
  readonly folder: string;
  readonly url?: string;
  readonly program?: string;
  readonly input?: string;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export async function runWords(words: readonly string[], fields: RunFields): Promise<Ran> {
  const out = { stdout: "", stderr: "" };
  const env = { HOME: fields.folder, USER: "ana", SKYPILOT_USER_ID: "abcdef01", ...(fields.url !== undefined && { STIX_API_SERVER_ENDPOINT: fields.url }), ...fields.env };
  mkdirSync(fields.folder, { recursive: true });
  const paths = statePaths(env);
  const lines = (fields.input ?? "").split("\n");
  const output = (name: "stdout" | "stderr") => ({
    write: (text: string) => void (out[name] += text),
    writeBytes: async (bytes: Uint8Array) => void (out[name] += new TextDecoder().decode(bytes)),
    isTty: false,
    columns: fields.columns ?? Infinity,
    colour: false,
  });
  const program = fields.program ?? "stix";
  const context: CliContext = {
    program,
    argv: words,
    env,
    cwd: fields.folder,
    paths,
    self: ["false"],
    clock: stillClock,
    random: fixedRandom,
    stdout: output("stdout"),
    stderr: output("stderr"),
    inputIsTty: false,
    interrupted: new AbortController().signal,
    readLine: async () => (lines.length > 0 && fields.input !== undefined ? lines.shift() : undefined),
    readInput: async () => fields.input ?? "",
    connect: async (options = {}) =>
      connect({ env, paths, clock: stillClock, random: fixedRandom, self: ["false"], commandLine: typedCommand(program, words), command: words[0] ?? "", overrideConfig: {}, noStart: options.noStart ?? false, interrupted: () => new AbortController().signal, tell: () => undefined }),
  };
  const exit = await runCli(context);
  return { exit, ...out };
}

const stillClock: Clock = { now: () => fixtureNow * 1000, monotonic: () => 0, sleep: () => Promise.resolve() };

const fixedRandom: Random = { ...realRandom(), uuid: () => "0badcafe-0000-4000-8000-000000000000" };
