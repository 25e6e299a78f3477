// The real terminal, environment and files as a CliContext; the only place of the command line that knows `process`.
import { readFileSync } from "node:fs";
import { realClock, realRandom, realTime } from "#shared/clock.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { statePaths, type StatePaths } from "#shared/paths.ts";
import type { JsonRecord } from "#controller/sdk/connection.ts";
import type { CliContext } from "./context.ts";
import { fileFacts } from "./file-facts.ts";
import type { ParseFacts } from "./parse/convert.ts";
import { outputError, realOutput, type RealOutput } from "./output.ts";
import { renderError, shownError } from "#controller/cli/print/error.ts";
import { isTerminal } from "./terminal.ts";
import { typedCommand } from "./typed-command.ts";
import { unlessInterrupted } from "./unless-interrupted.ts";

type Env = Readonly<Record<string, string | undefined>>;

const READER_PATIENCE_MS = 500;

export interface World {
  readonly context: CliContext;
  /** Everything written reaches the terminal or pipe. */
  readonly flush: () => Promise<void>;
}

/** `argv0` is the name we were called with, `argv` the words after it, `script` the main file of an uncompiled run. */
export function realWorld(argv0: string, argv: readonly string[], script: string | undefined): World {
  const env: Env = process.env;
  let paths: StatePaths | undefined;
  const clock = realClock(() => clockOffset(env));
  const random = realRandom();
  const program = programName(argv0);
  let ending: Promise<never> | undefined;
  // Where the story cannot be told the work goes on, and its outcome is in the exit status.
  const stderr = realOutput(2, env, () => undefined);
  const stdout = realOutput(1, env, (error) => {
    ending = endWithoutOutput(error, program, stderr);
  });
  const self = script === undefined ? [process.execPath] : [process.execPath, script];
  const interruption = { controller: undefined as AbortController | undefined };
  const lines = { reader: undefined as AsyncIterator<string> | undefined };
  const context: CliContext = {
    program,
    argv,
    env,
    get cwd() {
      return currentFolder();
    },
    // Asked late: what needs no state works without a home.
    get paths() {
      paths ??= statePaths(env, currentFolder);
      return paths;
    },
    self,
    clock,
    random,
    stdout: stdout.output,
    stderr: stderr.output,
    inputIsTty: isTerminal(0),
    get interrupted() {
      interruption.controller ??= onInterrupt(stdout.isWaiting);
      return interruption.controller.signal;
    },
    readLine: () =>
      unlessInterrupted(context.interrupted, async () => {
        lines.reader ??= console[Symbol.asyncIterator]();
        const next = await lines.reader.next();
        return next.done === true ? undefined : next.value;
      }),
    readInput: () => unlessInterrupted(context.interrupted, () => readUtf8Input()),
    connect: async (options = {}) => {
      const { connect } = await import("#controller/local-server/connect.ts");
      return connect({
        env,
        paths: context.paths,
        clock,
        random,
        self,
        commandLine: typedCommand(program, argv),
        command: argv
          .filter((word) => !word.startsWith("-"))
          .slice(0, 1)
          .join(" "),
        overrideConfig: await overlaidConfig(context, options.config ?? []),
        noStart: options.noStart ?? false,
        interrupted: () => context.interrupted,
        tell: (line) => stderr.output.write(`${line.replaceAll("{program}", program)}\n`),
      });
    },
  };
  return {
    context,
    flush: async () => {
      await stdout.flush();
      await stderr.flush();
      await ending;
    },
  };
}

/** The parser's view of the same world. */
export function parseFacts(context: Pick<CliContext, "env">): ParseFacts {
  const kind = (path: string) => fileFacts(path.replace(/^~(?=\/|$)/, context.env["HOME"] ?? "~"));
  return {
    env: context.env,
    isFolder: (path) => kind(path)?.isDirectory() ?? false,
    // A pipe such as <(...) is as good as a file.
    isFile: (path) => kind(path)?.isDirectory() === false,
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new StixError({ code: "file-not-found", message: "the current folder is gone", hint: "cd ~", cause });
  }
}

function programName(argv0: string): string {
  const name = argv0.slice(argv0.lastIndexOf("/") + 1);
  return name === "sky" ? "sky" : "stix";
}

/** The answer cannot be given any more: who asked is told, and nothing goes on for a reader that is not there. */
async function endWithoutOutput(error: unknown, program: string, stderr: RealOutput): Promise<never> {
  const end = outputError(error);
  if (typeof end === "number") process.exit(end);
  const shown = shownError(end, program);
  stderr.output.write(renderError(shown, stderr.output.colour));
  await stderr.flush();
  process.exit(shown.exit);
}

/** First Ctrl-C: abort, so that commands can say what goes on without them. Second: out. */
function onInterrupt(isWaiting: () => boolean): AbortController {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error("interrupted"));
    // A reader who reads nothing would hold what is left to say for ever.
    realTime.after(READER_PATIENCE_MS, () => isWaiting() && process.exit(130), { background: true });
  });
  return controller;
}

function clockOffset(env: Env): number {
  const file = env["STIX_CLOCK_FILE"];
  if (file === undefined) return 0;
  try {
    return Number(readFileSync(file, "utf8")) || 0;
  } catch {
    // The test that moves time has not written it yet.
    return 0;
  }
}

async function readUtf8Input(): Promise<string> {
  const { utf8Of } = await import("./utf8-text.ts");
  return utf8Of(await Bun.stdin.bytes(), "the standard input");
}

async function overlaidConfig(context: CliContext, overlays: readonly string[]): Promise<JsonRecord> {
  if (overlays.length === 0 && !hasClientConfig(context)) return {};
  const { clientConfig } = await import("./client-config.ts");
  return clientConfig(context, overlays);
}

/** Most users have none: then nothing that reads YAML need be loaded. */
function hasClientConfig({ env, cwd }: CliContext): boolean {
  const home = env["HOME"] ?? "";
  const named = ["SKYPILOT_GLOBAL_CONFIG", "SKYPILOT_PROJECT_CONFIG", "SKYPILOT_CONFIG"].some(
    (name) => env[name] !== undefined && env[name] !== "",
  );
  const files = [`${home}/.sky/config.yaml`, `${home}/.stix/config.yaml`, `${cwd}/.sky.yaml`, `${cwd}/.stix.yaml`];
  return named || files.some((path) => fileFacts(path) !== undefined);
}
