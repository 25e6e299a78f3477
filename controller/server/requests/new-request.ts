// Makes the row of a request from a call.
import { requestState } from "#shared/lifecycle/request.ts";
import type { Principal } from "#shared/access/principal.ts";
import type { BaseBody } from "#shared/api/bodies.ts";
import type { Lane } from "#shared/api/routes.ts";
import type { Clock, Random } from "#shared/clock.ts";
import { REDACTED } from "#shared/task/mask.ts";
import { unclaimed, type RequestRecord } from "#controller/ports/requests.ts";

/** What it asks for: the operation's name, and how long that may take. */
export interface RequestKind {
  readonly name: string;
  readonly lane: Lane;
}

export interface NewRequest {
  /** The client's own; null: a new one. */
  readonly id: string | null;
  readonly kind: RequestKind;
  readonly principal: Principal;
  readonly body: BaseBody & { readonly cluster_name?: string | null | undefined };
  readonly clientApi: number | null;
}

export function newRequest(
  clock: Clock,
  random: Random,
  { id, kind, principal, body, clientApi }: NewRequest,
): RequestRecord {
  return {
    id: id ?? random.uuid(),
    name: kind.name,
    lane: kind.lane,
    state: requestState.PENDING,
    body: { ...body, entrypoint_command: maskCommand(body.entrypoint_command) },
    userHash: principal.userHash,
    userName: principal.userName,
    workspace: principal.workspace,
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
