// What a disk says when it does not take what is written, and the one error it becomes.
import { StixError } from "../errors/stix-error.ts";

/** No room at all, none left within the user's quota, not this user's to write, or a file system that nobody may write. */
export type DiskTrouble = "full" | "quota" | "forbidden" | "read-only";

/** errno(3). */
const TROUBLES: Readonly<Record<string, DiskTrouble>> = {
  ENOSPC: "full",
  EDQUOT: "quota",
  EACCES: "forbidden",
  EPERM: "forbidden",
  EROFS: "read-only",
};

/** null for what is not the disk's doing. Libraries wrap what they were told, so its cause and its text are looked at as well. */
export function diskTroubleOf(error: unknown): DiskTrouble | null {
  const own = TROUBLES[codeOf(error)] ?? TROUBLES[codeOf((error as { cause?: unknown } | null | undefined)?.cause)];
  if (own !== undefined) return own;
  const word = error instanceof Error ? /\b(ENOSPC|EDQUOT)\b/.exec(error.message)?.[1] : undefined;
  return word === undefined ? null : (TROUBLES[word] ?? null);
}

/** True when there was no room, on the disk or within the quota. */
export function isDiskFull(error: unknown): boolean {
  const trouble = diskTroubleOf(error);
  return trouble === "full" || trouble === "quota";
}

/** A full or closed disk as the error it is; anything else as it came. */
export function diskError(path: string, error: unknown): unknown {
  if (isDiskFull(error)) return diskFullError(path, error);
  return diskTroubleOf(error) === null ? error : diskClosedError(path, error);
}

export function diskFullError(path: string, cause: unknown): StixError {
  return new StixError({
    code: "disk-full",
    message: `no space left to write '${path}'`,
    hint: `free some space there (df -h '${path}'), then try again`,
    cause,
  });
}

export function diskClosedError(path: string, cause: unknown): StixError {
  return new StixError({
    code: "no-permission",
    message: `cannot write '${path}'`,
    hint: "make that folder writable for this user, or set STIX_HOME to another one",
    cause,
  });
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}
