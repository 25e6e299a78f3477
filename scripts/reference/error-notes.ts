// What lies behind each kind of error and what to do first. The error itself always says both for the case at hand.
import type { ErrorCode } from "#shared/errors/codes.ts";

export const errorNotes: Readonly<Record<ErrorCode, string>> = {
  usage: "The command line was not understood. `stix COMMAND --help` has examples.",
  "bad-yaml":
    "A task file does not read as one. Each problem is told with its line and column; `stix task validate FILE` tells them without doing anything.",
  "bad-config": "A configuration file or `--config` does not read as one. The file and the place are named.",
  "bad-value": "A value is not one of those that fit, or you answered a question with no.",
  "bad-request": "A program sent something that is no request. The fields are named as pydantic names them.",
  "bad-cluster-name":
    "Names of clusters begin with a letter and go on with letters, digits, dashes, dots and underscores.",
  "not-implemented": "Understood, and not built in this version; see [what works today](what-works.md).",
  "not-supported": "The cloud, or a cluster of this kind, cannot do that.",
  "cluster-not-found": "There is no cluster of that name: `stix status`.",
  "cluster-not-up": "The cluster is stopped, being made, or lost its nodes: `stix start NAME` brings it back.",
  "cluster-name-taken": "Another cluster has the name; `stix status -u` shows those of other users too.",
  "resources-mismatch":
    "The task asks for more than the cluster has. Ask for less, or take another name for another cluster.",
  "resources-unavailable":
    "No machine that fits was free, or none exists. `stix explain FILE` says why each place was left out.",
  "no-cloud-access": "No cloud is enabled that could do it: `stix check`.",
  "illegal-move":
    "Something was about to change in a way that its state does not allow, because it changed meanwhile or by our mistake. Nothing was done; the states and their moves are in [life cycles](lifecycles.md).",
  "job-not-found": "The cluster has no such job: `stix queue NAME`.",
  "request-not-found": "The server knows no such request; ended ones are forgotten after a day: `stix api status -a`.",
  "request-ambiguous": "Several requests begin so; write more of the id.",
  "request-cancelled": "Somebody ended the request: `stix api cancel`.",
  "agent-unreachable":
    "The cluster's head does not answer. Jobs go on without us; `stix status --refresh NAME` asks the cloud, `stix start NAME` brings dead nodes back.",
  "agent-refused": "The head understood and said no; its words are in the message.",
  "server-unreachable":
    "No API server answers at the address, which the message names with where it comes from: `stix doctor`.",
  "server-suspended":
    "The server's process is there and does not answer, as one that was stopped by a signal: `stix doctor`.",
  "version-mismatch":
    "Server and command are of versions that do not speak with each other; the message says which to renew.",
  "not-authenticated": "The server asks who you are: `stix api login`.",
  forbidden: "The server knows who you are and says no.",
  "port-in-use": "Another program, or the server of another user, has the port: `STIX_API_PORT=N` takes another.",
  "disk-full":
    "There is no room where something must be written. What was being ended ends all the same; free space, then repeat the command.",
  "no-permission": "A file or folder cannot be read or written; it is named.",
  "bad-database":
    "The server's database is damaged, locked, or of a newer version. After it was moved away, `stix doctor leaks` finds the machines it knew.",
  "database-unreachable":
    "The Postgres server that keeps the state (`STIX_DB`) does not answer. Calls are tried again for a while before this is said; nothing was done by halves.",
  "damaged-file":
    "A file that is a secret or an identity was cut short. It is not made anew by itself, because clusters would be locked out; the message says how to go on.",
  "part-missing": "A part of the installation is missing: install it again.",
  "path-taken": "A file or folder that we did not make stands where something must be put. Nothing was changed.",
  "file-not-found": "There is no such file; it is named.",
  "too-large": "Something is larger than it may be; the message says what and how large it may be.",
  "provision-failed":
    "Machines could not be made. What was made of them was removed; `stix logs --provision NAME` has the story.",
  "setup-failed": "A node could not be made ready to run jobs.",
  internal: "Our mistake. `STIX_DEBUG=1` shows where; please report it with the id.",
};
