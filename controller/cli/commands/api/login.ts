// `api login`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { flag, text } from "#controller/cli/frame/define-option.ts";
import { refuseNamedServer } from "./shared/named-server.ts";
import { config } from "#controller/cli/frame/options/general-options.ts";

export const apiLogin = defineCommand({
  path: "api login",
  summary: "Use an API server on another machine",
  options: {
    config,
    endpoint: text("--endpoint -e", "Address of the server"),
    relogin: flag("--relogin", "Log in again even when that is not needed"),
    token: text("--service-account-token --token -t", "Token of a service account"),
    noBrowser: flag("--no-browser", "Print the address to open instead of opening it"),
  },
  examples: [{ words: "api login -e https://stix.example.com", does: "use that server from now on" }],
  planned: "logins to servers on other machines",
  refuse: ({ env }) => refuseNamedServer(env, "login to"),
});
