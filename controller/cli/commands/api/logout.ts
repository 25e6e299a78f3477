// `api logout`
import { defineCommand } from "../../define-command.ts";

export const apiLogout = defineCommand({
  path: "api logout",
  summary: "Leave the API server on another machine",
  examples: [{ words: "api logout", does: "use the local server again" }],
  planned: "logins to servers on other machines",
});
