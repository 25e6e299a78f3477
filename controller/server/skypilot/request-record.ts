// A request's row → the record clients read.
import type { RequestRecord } from "#controller/ports/requests.ts";
import { requestState, type RequestFailure } from "#shared/lifecycle/request.ts";
import { requestFields, type RequestPayload } from "#shared/api/request-payload.ts";
import { pickle, pickledNone, PickleTuple } from "./pickle.ts";

/** Clients before this API know no state WAITING. */
const WAITING_SINCE_API = 55;
/** From here on handles travel as JSON; older clients take null alone. */
const JSON_HANDLE_SINCE_API = 56;

/** For `/api/get`: whole, with the constants that Python's client unpickles. */
export function requestPayload(request: RequestRecord, clientApi: number | null): RequestPayload {
  return {
    request_id: request.id,
    name: `sky.${request.name}`,
    entrypoint: pickledNone,
    request_body: pickledNone,
    status:
      request.state === requestState.WAITING && clientApi !== null && clientApi < WAITING_SINCE_API
        ? requestState.PENDING
        : request.state,
    created_at: request.createdAt / 1000,
    user_id: request.userHash,
    return_value: valueText(
      request.name,
      takesHandles(clientApi) ? (request.value ?? null) : withoutHandles(request.value ?? null),
    ),
    error: JSON.stringify(request.failure === null ? null : failurePayload(request.failure)),
    pid: null,
    schedule_type: request.lane,
    user_name: request.userName,
    cluster_name: request.clusterName,
    status_msg: request.statusMessage,
    should_retry: false,
    finished_at: request.finishedAt === null ? null : request.finishedAt / 1000,
    file_mounts_blob_id: null,
  };
}

/** For `/api/status`: bodies as JSON text; fields that were not asked for are there, but empty. */
export function requestSummary(
  request: RequestRecord,
  clientApi: number | null,
  fields: readonly string[] | null,
): RequestPayload {
  const whole = {
    ...requestPayload(request, clientApi),
    entrypoint: request.name,
    request_body: JSON.stringify(request.body),
    return_value: "null",
  };
  if (fields === null) return whole;
  const empty: RequestPayload = {
    ...whole,
    request_id: "",
    name: "",
    entrypoint: "",
    request_body: "null",
    status: requestState.PENDING,
    created_at: 0,
    user_id: "",
    error: "null",
    schedule_type: "short",
    user_name: null,
    cluster_name: null,
    status_msg: null,
    finished_at: null,
  };
  const asked = Object.fromEntries(
    requestFields.filter((field) => fields.includes(field)).map((field) => [field, whole[field]]),
  );
  return { ...empty, ...asked };
}

export function failurePayload(failure: RequestFailure): Record<string, unknown> {
  const message = `${failure.message}${failure.hint === "" ? "" : `\nTo go on: ${failure.hint}`}`;
  return {
    type: failure.exception,
    message: failure.message,
    object: pickle({
      type: failure.exception,
      message,
      args: new PickleTuple([message]),
      attributes: failure.attributes,
      stacktrace: null,
    }),
    stix: { code: failure.code, hint: failure.hint, details: failure.attributes },
  };
}

/** Lists of devices: Python's client shows `-` for a column of whole numbers, since these are no `int` in its tables. */
const FLOAT_LISTS: ReadonlySet<string> = new Set(["list_accelerators", "list_accelerator_counts"]);

function valueText(name: string, value: unknown): string {
  if (!FLOAT_LISTS.has(name)) return JSON.stringify(value);
  const marked = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "number" && Number.isInteger(inner) ? `\0${inner}.0\0` : inner,
  );
  return marked.replaceAll(/"\\u0000(-?\d+\.0)\\u0000"/g, "$1");
}

function takesHandles(clientApi: number | null): boolean {
  return clientApi === null || clientApi >= JSON_HANDLE_SINCE_API;
}

function withoutHandles(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHandles);
  if (typeof value !== "object" || value === null) return value;
  return "handle" in value ? { ...value, handle: null } : value;
}
