// Options that many commands have, worded once.
import { choice, choiceOr, flag, integer, number, texts } from "../define-option.ts";

export const config = texts("--config", "Overlay the configuration for this command: a YAML file, or key.path=value", {
  group: "Behaviour",
});

export const yes = flag("--yes -y", "Do not ask, do it");

export const detach = flag("--async / --no-async", "Submit the request, print its id and return");

export const output = choiceOr("--output -o", ["table", "json"], "table", "How to print the answer", {
  group: "Output",
});

/** For commands where only we offer it. */
export const ourOutput = choiceOr("--output -o", ["table", "json"], "table", "How to print the answer", {
  group: "Output",
  ours: true,
});

export const watch = number(
  "--watch",
  "Show it again every so many seconds, 2 when left out, until q or Ctrl-C (which end it with 0)",
  { bare: "2", group: "Output", ours: true },
);

export const verbose = flag("--verbose -v", "Show every column", { group: "Output" });

export const refresh = flag("--refresh -r", "Ask the clouds for the state of things first");

export const all = flag("--all -a", "Act on all of them", { group: "What to act on" });

export const allUsers = flag("--all-users -u", "Include what belongs to other users", { group: "What to act on" });

/** SkyPilot's scripts end clusters that are gone already under `set -e`. */
export const strict = flag("--strict", "Fail, and do nothing, when a named cluster does not exist", {
  group: "What to act on",
  ours: true,
});

export const purge = flag("--purge -p", "Forget it here even when the cloud fails to remove it");

export const graceful = flag("--graceful", "Cancel the jobs, then wait until cached writes have reached their bucket");

export const gracefulTimeout = integer("--graceful-timeout", "Wait at most this many seconds with --graceful");

export const waitFor = choice(
  "--wait-for",
  ["jobs_and_ssh", "jobs", "none"],
  "What keeps a cluster from being idle: jobs and ssh logins, jobs alone, or nothing (default jobs_and_ssh)",
  { group: "Cluster" },
);

export const idleMinutes = integer("--idle-minutes-to-autostop -i", "Stop the cluster after this many idle minutes", {
  group: "Cluster",
});

export const retryUntilUp = flag("--retry-until-up -r", "Go on trying every place until one has the resources", {
  group: "Cluster",
});

export const follow = flag("--follow / --no-follow", "Go on printing as lines come (default), or print what is there", {
  on: true,
  group: "Output",
});

export const mode = choiceOr(
  "--mode",
  ["rolling", "blue_green"],
  "rolling",
  "Replace the old version one by one, or all at once",
  { anyCase: true },
);

/** What fingers type after `tail`; following is the default anyway. */
export const followShort = flag("-f", "The same as --follow", { hidden: true, ours: true, group: "Output" });
