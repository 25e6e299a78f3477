// Makes the row of a request from a call.
import type { BaseBody } from "#shared/api/bodies.ts";
import type { Clock, Random } from "#shared/clock.ts";
import { REDACTED } from "#shared/task/mask.ts";
import type { Operation } from "#controller/operations/operation.ts";
import { unclaimed, type Lane, type RequestRecord } from "#controller/ports/requests.ts";

export interface NewRequest {
  /** The client's own; null: a new one. */
  readonly id: string | null;
  readonly operation: Pick<Operation, "name" | "lane">;
  readonly body: BaseBody & { readonly cluster_name?: string | null | undefined };
  readonly clientApi: number | null;
  readonly lane?: Lane;
}

export function newRequest(
  clock: Clock,
  random: Random,
  { id, operation, body, clientApi, lane }: NewRequest,
): RequestRecord {
  return {
    id: id ?? random.uuid(),
    name: operation.name,
    lane: lane ?? operation.lane,
    state: "PENDING",
    body: { ...body, entrypoint_command: maskCommand(body.entrypoint_command) },
    userHash: body.env_vars["SKYPILOT_USER_ID"] ?? "",
    userName: body.env_vars["SKYPILOT_USER"] ?? "",
    workspace: "default",
    clusterName: body.cluster_name ?? null,
    clientApi,
    createdAt: clock.now(),
    startedAt: null,
    finishedAt: null,
    runs: 0,
    cancelAsked: false,
    value: null,
    failure: null,
    statusMessage: null,
    ...unclaimed,
  };
}

/** The command as typed is shown by `status` and kept for long: values of secrets in it are not. */
export function maskCommand(command: string): string {
  return command.replaceAll(/(--secret[= ]+['"]?[A-Za-z_]\w*=)('[^']*'|"[^"]*"|[^\s'"]*)/g, `$1${REDACTED}`);
}
