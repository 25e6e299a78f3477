// `api start`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { choiceOr, flag, integer } from "#controller/cli/frame/define-option.ts";

export const apiStart = defineCommand({
  path: "api start",
  summary: "Start the API server on this machine",
  options: {
    deploy: flag("--deploy", "Serve a team: listen on every address, use the whole machine"),
    host: choiceOr("--host", ["0.0.0.0", "localhost", "127.0.0.1", "::", "::1"], "127.0.0.1", "Address to listen on"),
    foreground: flag("--foreground", "Stay in the foreground and log to the terminal"),
    enableBasicAuth: flag("--enable-basic-auth", "Ask every client for a name and a password"),
    port: integer("--port", "Port to listen on (default 46580, or STIX_API_PORT)"),
  },
  examples: [
    { words: "api start", does: "start it, if it does not run" },
    { words: "api start --foreground", does: "for a service manager" },
  ],
  run: async ({ options, given }, context) => {
    const { startApi } = await import("./run.ts");
    return await startApi(context, { ...options, given });
  },
});
