// What starting, stopping and waking the server of this machine need of a command.
import { type LocalServer } from "#controller/local-server/start-local-server.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";

export function localServer({ paths, env, clock, self, stderr, program }: CliContext): LocalServer {
  return { paths, env, clock, self, tell: (line) => stderr.write(`${line.replaceAll("{program}", program)}\n`) };
}
