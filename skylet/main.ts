// The agent's command line: `skylet run --dir <folder>`, `skylet kill --dir <folder>`, `skylet --version`.
import { buildDate, commit, version } from "#shared/version.ts";
import { runAgent } from "./agent.ts";
import { killNode } from "./kill-node.ts";

const usage = "usage: skylet run --dir <agent folder> | skylet kill --dir <agent folder> | skylet --version\n";

const [command, flag, dir] = process.argv.slice(2);
if (command === "--version") {
  process.stdout.write(`skylet ${version} (${commit}, ${buildDate})\n`);
} else if (command === "run" && flag === "--dir" && dir !== undefined) {
  await runAgent(dir, process.env);
} else if (command === "kill" && flag === "--dir" && dir !== undefined) {
  await killNode(dir, process.env);
} else {
  process.stderr.write(usage);
  process.exitCode = 2;
}
