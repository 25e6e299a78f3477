// `doctor`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { config, ourOutput } from "#controller/cli/frame/options/general-options.ts";

export const doctor = defineCommand({
  path: "doctor",
  summary: "Find what is wrong, and say the command that mends it",
  description:
    "Looks at server, versions, database, hub, disk, clock, ports, permissions, clusters and machines without a record. Starts nothing and changes nothing; " +
    "works also when the server does not.\nThe exit status is 1 when something is wrong.",
  ours: true,
  options: { config, output: ourOutput },
  examples: [
    { words: "doctor", does: "everything" },
    { words: "doctor -o json", does: "for monitors" },
    { words: "doctor leaks", does: "machines that run without a record" },
  ],
  run: async ({ options }, context) => {
    const { printDoctor } = await import("./run.ts");
    return await printDoctor(context, options);
  },
});
