// ~/sky_logs/<id>-<name>/…, where SkyPilot's users look for output: links to the logs, made when the node has a moment.
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Timers } from "#shared/clock.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";
import { logPath } from "../node/record.ts";

/** The links of a job cost as much as its start, so they wait until starts pause. */
const PAUSE_MS = 100;
/** Nobody waits longer: then a few are made between two starts. */
const BACKLOG_MAX = 2_000;

export interface LogLinksOptions {
  readonly jobsFolder: string;
  readonly home: string;
  /** "head", "worker1"… */
  readonly nodeName: string;
  readonly singleNode: boolean;
  readonly timers: Pick<Timers, "after">;
}

interface Wanted {
  readonly jobName: string | null;
  readonly key: LaunchKey;
}

/** File names have at most 255 letters. */
const FOLDER_LENGTH_MAX = 200;

/** The folder's name in ~/sky_logs. A job's name is the user's own text: only what is safe in a path is kept of it. */
export function jobLogFolder(jid: number, name: string | null): string {
  return `${jid}-${(name ?? "sky-cmd").replaceAll(/[^A-Za-z0-9._-]/g, "-")}`.slice(0, FOLDER_LENGTH_MAX);
}

export function createLogLinks(options: LogLinksOptions) {
  let wanted: Wanted[] = [];
  let callOff = () => {};

  function drain(): void {
    const batch = wanted;
    wanted = [];
    for (const one of batch) tryLink(options, one);
  }

  return {
    add: (jobName: string | null, key: LaunchKey): void => {
      wanted.push({ jobName, key });
      if (wanted.length > BACKLOG_MAX) return drain();
      callOff();
      callOff = options.timers.after(PAUSE_MS, drain);
    },
  };
}

/** Links only; best effort, for the log itself is elsewhere: there already from an earlier attempt, or the disk is full. */
function tryLink(options: LogLinksOptions, { jobName, key }: Wanted): void {
  const tasks = join(options.home, "sky_logs", jobLogFolder(key.jid, jobName), "tasks");
  const target = logPath(options.jobsFolder, key);
  const rankName = options.singleNode ? "run.log" : `${key.index}-${options.nodeName}.log`;
  try {
    mkdirSync(tasks, { recursive: true });
    symlinkSync(target, join(tasks, key.phase === "setup" ? "setup.log" : rankName));
    if (key.phase === "run" && key.index === 0) symlinkSync(target, join(tasks, "..", "run.log"));
  } catch {
    return;
  }
}
