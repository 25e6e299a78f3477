// Every operation by the name of its request.
import { autostop } from "./autostop.ts";
import { check, enabledCloudsList } from "./check.ts";
import { clusterEvents, costReport } from "./cost-report.ts";
import { doctorAdopt, doctorLeaks, doctorRemoveLeaks } from "./doctor-leaks.ts";
import { down } from "./down.ts";
import { downloadLogs } from "./download-logs.ts";
import { exec } from "./exec.ts";
import { launch } from "./launch.ts";
import { cancel, jobStatus, queue } from "./on-cluster.ts";
import type { Operation } from "./operation.ts";
import { permitted } from "./permit.ts";
import { smallAnswers } from "./small-answers.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { unbuiltOperations } from "./unbuilt.ts";

const allOperations: readonly Operation[] = [
  launch,
  exec,
  start,
  stop,
  down,
  autostop,
  status,
  queue,
  jobStatus,
  cancel,
  downloadLogs,
  doctorLeaks,
  doctorAdopt,
  doctorRemoveLeaks,
  check,
  enabledCloudsList,
  costReport,
  clusterEvents,
  ...smallAnswers,
];

/** By name, each behind the question whether its asker may; `more`: those that need something of their own. */
export function operationShelf(more: readonly Operation[]): ReadonlyMap<string, Operation> {
  return new Map(
    [...allOperations, ...unbuiltOperations, ...more].map((operation) => [operation.name, permitted(operation)]),
  );
}
