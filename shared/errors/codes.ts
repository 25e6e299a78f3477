// Every expected failure by name, with its exit status, HTTP status, retry rule and the exception class
// that SkyPilot's programs know it by.

interface CodeFacts {
  readonly exit: number;
  readonly http: number;
  readonly retryable: boolean;
  /** Class name in the public Python API (`sky.exceptions` or a builtin). */
  readonly exception: string;
}

const usage = { exit: 2, http: 400, retryable: false, exception: "ValueError" } as const;
const failed = { exit: 1, http: 500, retryable: false, exception: "RuntimeError" } as const;

export const errorCodes = {
  usage: usage,
  "bad-yaml": { ...usage, exit: 1, exception: "InvalidSkyPilotConfigError" },
  "bad-config": { ...usage, exit: 1, exception: "InvalidSkyPilotConfigError" },
  "bad-value": { ...usage, exit: 1 },
  "bad-request": { ...usage, http: 422 },
  "bad-cluster-name": { ...usage, exit: 1, exception: "InvalidClusterNameError" },
  "not-implemented": { exit: 2, http: 501, retryable: false, exception: "NotSupportedError" },
  "not-supported": { exit: 1, http: 400, retryable: false, exception: "NotSupportedError" },
  "cluster-not-found": { exit: 1, http: 404, retryable: false, exception: "ClusterDoesNotExist" },
  "cluster-not-up": { exit: 1, http: 409, retryable: false, exception: "ClusterNotUpError" },
  "cluster-name-taken": { exit: 1, http: 409, retryable: false, exception: "ValueError" },
  "resources-mismatch": { exit: 1, http: 409, retryable: false, exception: "ResourcesMismatchError" },
  "resources-unavailable": { exit: 1, http: 409, retryable: true, exception: "ResourcesUnavailableError" },
  "no-cloud-access": { exit: 1, http: 409, retryable: false, exception: "NoCloudAccessError" },
  "illegal-move": { exit: 1, http: 409, retryable: false, exception: "RuntimeError" },
  "job-not-found": { exit: 102, http: 404, retryable: false, exception: "ValueError" },
  "request-not-found": { exit: 1, http: 404, retryable: false, exception: "ValueError" },
  "request-ambiguous": { exit: 1, http: 400, retryable: false, exception: "ValueError" },
  "request-cancelled": { exit: 1, http: 500, retryable: false, exception: "RequestCancelled" },
  "agent-unreachable": { exit: 1, http: 503, retryable: true, exception: "SkyletUnavailableError" },
  "agent-refused": { ...failed, exception: "SkyletInternalError" },
  "server-unreachable": { exit: 1, http: 503, retryable: true, exception: "ApiServerConnectionError" },
  "server-suspended": { exit: 1, http: 503, retryable: true, exception: "ApiServerConnectionError" },
  "version-mismatch": { exit: 1, http: 400, retryable: false, exception: "APIVersionMismatchError" },
  "not-authenticated": { exit: 1, http: 401, retryable: false, exception: "ApiServerAuthenticationError" },
  forbidden: { exit: 1, http: 403, retryable: false, exception: "PermissionDeniedError" },
  "port-in-use": { ...failed, http: 409 },
  "disk-full": { ...failed, http: 507 },
  "no-permission": { ...failed, exception: "PermissionError" },
  "bad-database": { ...failed },
  "database-unreachable": { exit: 1, http: 503, retryable: true, exception: "RuntimeError" },
  /** A file that is a secret or an identity is not what it was: a new one would be somebody else. */
  "damaged-file": { ...failed },
  "part-missing": { ...failed },
  "path-taken": { ...failed, http: 409 },
  "file-not-found": { exit: 1, http: 400, retryable: false, exception: "FileNotFoundError" },
  "too-large": { exit: 1, http: 413, retryable: false, exception: "ValueError" },
  "provision-failed": { ...failed, exception: "ResourcesUnavailableError" },
  "setup-failed": { ...failed, exception: "ClusterSetUpError" },
  internal: { exit: 70, http: 500, retryable: false, exception: "RuntimeError" },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof errorCodes;
