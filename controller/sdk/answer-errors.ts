// Error answers of the server → StixError. Nobody else reads their form.
import { requestState } from "#shared/lifecycle/request.ts";
import { plainText } from "#shared/yaml/python-text.ts";
import { errorCodes, type ErrorCode } from "#shared/errors/codes.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Endpoint } from "./endpoint.ts";
import { errorOfProxy } from "./proxy-errors.ts";
import { field } from "./read.ts";

/** Never fails: an answer of no known form becomes `internal` with its first line. `asked` is the request it is about. */
export async function errorOfAnswer(response: Response, endpoint: Endpoint, asked?: string): Promise<StixError> {
  const text = await response.text();
  const proxys = errorOfProxy(response, text, endpoint);
  if (proxys !== null) return proxys;
  const document = parsed(text);
  const detail = field(document, "detail");
  const requestId = asked ?? response.headers.get("x-skypilot-request-id") ?? undefined;
  if (asked !== undefined && field(detail, "status") === requestState.CANCELLED) return cancelledRequest(asked);
  if (response.status === 401) {
    return new StixError({
      code: "not-authenticated",
      message: `${endpoint.url} wants to know who you are`,
      hint: `{program} api login -e ${endpoint.url}`,
    });
  }
  if (response.status === 400 && field(document, "error") === "version_mismatch") {
    return new StixError({
      code: "version-mismatch",
      message: `${endpoint.url} does not speak our version of the API`,
      hint: "use a client of the server's version",
      details: { why: plainText(field(document, "message") ?? "") },
    });
  }
  const failed = errorOfRecord(field(detail, "error"), requestId) ?? errorOfFields(detail, requestId);
  if (failed !== undefined) return failed;
  if (response.status === 404 && typeof detail === "string" && /^Request .* not found/.test(detail)) {
    return new StixError({ code: "request-not-found", message: detail, hint: "{program} api status -a" });
  }
  if (response.status === 404 && typeof detail === "string" && /cluster '/i.test(detail)) {
    return new StixError({ code: "cluster-not-found", message: detail, hint: "{program} status" });
  }
  const code = codesOfStatus[response.status] ?? "internal";
  return new StixError({
    code,
    message: `${endpoint.url} answered ${response.status}: ${typeof detail === "string" ? detail : firstLine(text)}`,
    hint: code === "not-supported" || code === "forbidden" ? "{program} api info" : "{program} api logs --server-logs",
    ...(requestId !== undefined && { details: { requestId } }),
  });
}

const codesOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: "bad-request",
  403: "forbidden",
  404: "not-supported",
  413: "too-large",
  422: "bad-request",
  507: "disk-full",
};

/** The `error` of a request record: JSON text with type and message, and from our own server code, hint and details. */
export function errorOfRecord(error: unknown, requestId?: string): StixError | undefined {
  return errorOfFields(typeof error === "string" ? parsed(error) : error, requestId);
}

export function cancelledRequest(requestId: string): StixError {
  return new StixError({
    code: "request-cancelled",
    message: `request '${requestId}' was cancelled`,
    hint: `{program} api logs ${requestId.slice(0, 8)}`,
  });
}

function errorOfFields(fields: unknown, requestId: string | undefined): StixError | undefined {
  const type = field(fields, "type");
  const message = field(fields, "message");
  if (typeof message !== "string") return undefined;
  const ours = field(fields, "stix");
  const code = field(ours, "code") ?? field(fields, "code");
  const hint = field(ours, "hint") ?? field(fields, "hint");
  const details = field(ours, "details");
  const why = field(details, "why");
  const excerpt = field(details, "excerpt");
  return new StixError({
    code: isErrorCode(code) ? code : codeOfException(type),
    message,
    hint: typeof hint === "string" ? hint : logHint(requestId),
    details: {
      ...(typeof details === "object" && details !== null ? details : {}),
      ...(typeof type === "string" && { exception: type }),
      ...(typeof why === "string" && { why }),
      ...(typeof excerpt === "string" && { excerpt }),
      ...(requestId !== undefined && { requestId }),
    },
  });
}

function logHint(requestId: string | undefined): string {
  return requestId === undefined ? "" : `{program} api logs ${requestId.slice(0, 8)}`;
}

function codeOfException(type: unknown): ErrorCode {
  const found = codes.find((code) => errorCodes[code].exception === type && code !== "usage");
  return found ?? "agent-refused";
}

const codes = Object.keys(errorCodes).filter(isErrorCode);

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorCodes, value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.slice(0, 300) ?? "";
}
