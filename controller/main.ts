// The stix executable: the server when asked for by its hidden name, the command line otherwise. Each is loaded only then.
import { serverCommand } from "#shared/process-names.ts";

if (process.argv[2] === serverCommand) {
  const { runServer } = await import("./server/main.ts");
  await runServer(process.argv.slice(3));
} else if (!(await saidVersion(process.argv))) {
  const [{ runCli }, { realWorld }] = await Promise.all([import("./cli/main.ts"), import("./cli/frame/world.ts")]);
  // In a compiled program the script stands in a file system of its own, and the executable alone starts us again.
  const script = process.argv[1]?.startsWith("/$bunfs/") === true ? undefined : process.argv[1];
  const world = realWorld(process.argv0, process.argv.slice(2), script);
  const status = await runCli(world.context);
  await world.flush();
  // A terminal that was read, or a connection kept for later, would hold the process.
  process.exit(status);
}

/** The one answer that loads nothing. False when it was not asked for, or could not be given: the command line says why. */
async function saidVersion(argv: readonly string[]): Promise<boolean> {
  if (argv.length !== 3 || (argv[2] !== "--version" && argv[2] !== "-v")) return false;
  const { versionLine } = await import("./cli/frame/version-line.ts");
  return await Bun.write(Bun.stdout, versionLine()).then(
    () => true,
    () => false,
  );
}
