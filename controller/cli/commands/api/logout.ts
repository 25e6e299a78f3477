// `api logout`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { refuseNamedServer } from "./shared/named-server.ts";

export const apiLogout = defineCommand({
  path: "api logout",
  summary: "Leave the API server on another machine",
  examples: [{ words: "api logout", does: "use the local server again" }],
  planned: "logins to servers on other machines",
  refuse: ({ env }) => refuseNamedServer(env, "logout of"),
});
