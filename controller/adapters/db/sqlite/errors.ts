// One clear error for whatever SQLite, or the file system under it, says.
import { diskClosedError, diskFullError, diskTroubleOf, isDiskFull } from "#shared/os/disk-errors.ts";
import { StixError, isStixError } from "#shared/errors/stix-error.ts";

/** Runs a piece of work on the database and turns the engine's complaints into one StixError each. */
export function guardDatabase<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw databaseError(path, error);
  }
}

/** A StixError for what SQLite (or the file system under it) said; anything else comes back unchanged. */
export function databaseError(path: string, error: unknown): unknown {
  if (isStixError(error)) return error;
  const code = codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause);
  if (code === undefined) return error;
  if (code.startsWith("SQLITE_FULL") || isDiskFull(error)) return diskFullError(path, error);
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(code) || diskTroubleOf(error) !== null)
    return diskClosedError(path, error);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return damaged(path, error);
  if (code.startsWith("SQLITE_IOERR")) {
    return new StixError({
      code: "disk-full",
      message: `the disk refused to read or write '${path}'`,
      hint: `look at the disk's space and health (df -h '${path}'), then try again`,
      cause: error,
    });
  }
  if (code.startsWith("SQLITE_BUSY")) {
    return new StixError({
      code: "bad-database",
      message: `'${path}' is locked by another process`,
      hint: "stix api stop, then try again",
      cause: error,
    });
  }
  return error;
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** The file must be replaced by hand. */
export function damaged(path: string, cause?: unknown): StixError {
  return new StixError({
    code: "bad-database",
    message: `the database '${path}' is damaged`,
    hint: `put a backup there, or move it away to begin empty: mv '${path}' '${path}.damaged'; clusters run on, and stix doctor adopt takes them back`,
    cause,
  });
}
