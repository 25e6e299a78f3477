// What the file system said while the server wrote, as one clear error.
import { StixError } from "#shared/errors/stix-error.ts";

/** Anything that is not about space or permission comes back unchanged. */
export function diskError(path: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StixError({
      code: "disk-full",
      message: `no space left to write '${path}'`,
      hint: "free some space on that disk, then run the command again",
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EROFS" || code === "EPERM") {
    return new StixError({
      code: "no-permission",
      message: `cannot write '${path}'`,
      hint: "make that folder writable for this user, or set STIX_HOME to another one",
      cause: error,
    });
  }
  return error;
}
