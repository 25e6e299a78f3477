// The stix executable: the server when asked for by its hidden name, the command line otherwise. Each is loaded only then.
import { serverCommand } from "#shared/process-names.ts";

if (process.argv[2] === serverCommand) {
  const { runServer } = await import("./server/main.ts");
  await runServer(process.argv.slice(3));
} else {
  const { runCli } = await import("./cli/main.ts");
  process.exitCode = await runCli(process.argv.slice(2));
}
