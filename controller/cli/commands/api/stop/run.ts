// `api stop`: ends the server of this machine.
import { stopLocalServer } from "#controller/local-server/stop-local-server.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { localServer } from "../shared/own-server.ts";

export async function stopApi(context: CliContext, options: { readonly force: boolean }): Promise<number> {
  const stopped = await stopLocalServer(localServer(context), options.force);
  context.stdout.write(stopped ? "API server stopped.\n" : "The API server does not run.\n");
  return 0;
}
