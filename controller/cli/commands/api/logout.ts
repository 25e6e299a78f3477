// `api logout`
import { defineCommand } from "../../define-command.ts";
import { notBuiltYet } from "../../not-built-yet.ts";

export const apiLogout = defineCommand({
  path: "api logout",
  summary: "Leave the API server on another machine",
  examples: [{ words: "api logout", does: "use the local server again" }],
  run: notBuiltYet("logins to servers on other machines"),
});
