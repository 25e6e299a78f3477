// `api stop`
import { defineCommand } from "../../define-command.ts";

export const apiStop = defineCommand({
  path: "api stop",
  summary: "Stop the API server on this machine; clusters and their jobs go on",
  examples: [{ words: "api stop", does: "stop it" }],
  run: async (_input, context) => {
    const { stopApi } = await import("../../api-server.ts");
    return await stopApi(context);
  },
});
