// What goes wrong on this machine, in the contract's words.
import { failure } from "../kit/answer.ts";
import type { FailureKind, ProviderFailure } from "../contract/provider.ts";

const kinds: Readonly<Record<string, { kind: FailureKind; hint: string }>> = {
  ENOSPC: {
    kind: "capacity",
    hint: "make room on the disk that holds STIX's state, or move it: export STIX_HOME=<folder>",
  },
  EDQUOT: { kind: "quota", hint: "make room within your disk quota, or move STIX's state: export STIX_HOME=<folder>" },
  EACCES: { kind: "forbidden", hint: "give your user the right to write there, or name another path" },
  EPERM: { kind: "forbidden", hint: "give your user the right to write there, or name another path" },
  EROFS: { kind: "forbidden", hint: "the file system is read-only; move STIX's state: export STIX_HOME=<folder>" },
  EMFILE: { kind: "quota", hint: "raise the number of open files: ulimit -n 4096" },
  EAGAIN: { kind: "quota", hint: "raise the number of processes: ulimit -u" },
  ENOENT: { kind: "invalid", hint: "check that the path exists" },
};

/** Any thrown thing as a failure; one machine is the whole cloud, so nothing reaches further than the offer. */
export function localFailure(doing: string, error: unknown): ProviderFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const known = code === undefined ? undefined : kinds[code];
  const text = error instanceof Error ? error.message : String(error);
  return failure({
    kind: known?.kind ?? "unknown",
    reach: "offer",
    message: `${doing}: ${text}`,
    hint: known?.hint ?? "look at the message, then try again",
    ...(code === undefined ? {} : { vendorCode: code }),
  });
}
