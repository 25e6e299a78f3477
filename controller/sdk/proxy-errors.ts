// What a proxy between us and the server answers in the server's stead, in words, with what to change where.
import type { ErrorCode } from "#shared/errors/codes.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Endpoint } from "./endpoint.ts";

interface ProxyFault {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
}

/** Uploads come in pieces of 95 MB, which proxies do not let through by themselves (nginx: 1 MB). */
const faults: Readonly<Record<number, ProxyFault>> = {
  403: {
    code: "forbidden",
    what: "refuses this call",
    hint: "let this machine through there (nginx: allow, deny, auth_basic), or reach the server without it: ssh -L 46580:127.0.0.1:46580 HOST",
  },
  413: {
    code: "too-large",
    what: "lets no call of this size through",
    hint: "allow pieces of 100 MB there (nginx: client_max_body_size 100m;), or send less: .skyignore leaves files out",
  },
  502: {
    code: "server-unreachable",
    what: "does not reach the API server",
    hint: "start the server where the proxy looks for it: stix api start; the proxy's own log says where that is",
  },
  503: {
    code: "server-unreachable",
    what: "lets no call through to the API server now",
    hint: "look into the proxy's own log, then try again",
  },
  504: {
    code: "server-unreachable",
    what: "did not wait for the API server's answer",
    hint: "let it wait longer there (nginx: proxy_read_timeout 1h;); what was asked for goes on: {program} api status",
  },
};

/** Null for an answer of the server itself, which is always JSON, and for one that no proxy gives by itself. */
export function errorOfProxy(response: Response, text: string, endpoint: Endpoint): StixError | null {
  const fault = faults[response.status];
  if (fault === undefined || response.headers.get("content-type")?.startsWith("application/json") === true) return null;
  const name = response.headers.get("server") ?? /<center>([\w./ -]+)<\/center>\s*<\/body>/.exec(text)?.[1];
  const proxy = `the proxy at ${endpoint.url}${name === undefined ? "" : ` (${name})`}`;
  return new StixError({
    code: fault.code,
    message: `${proxy} ${fault.what}: it answered ${response.status}`,
    hint: fault.hint,
  });
}
