// What goes wrong on this machine, in the contract's words.
import { diskTroubleOf, type DiskTrouble } from "#shared/os/disk-errors.ts";
import { failure } from "./answer.ts";
import { guard } from "./guard.ts";
import type { FailureKind, ProviderAnswer, ProviderFailure } from "../contract/failure.ts";

const ofDisk: Readonly<Record<DiskTrouble, { kind: FailureKind; hint: string }>> = {
  full: {
    kind: "capacity",
    hint: "make room on the disk that holds STIX's state, or move it: export STIX_HOME=<folder>",
  },
  quota: { kind: "quota", hint: "make room within your disk quota, or move STIX's state: export STIX_HOME=<folder>" },
  forbidden: { kind: "forbidden", hint: "give your user the right to write there, or name another path" },
  "read-only": {
    kind: "forbidden",
    hint: "the file system is read-only; move STIX's state: export STIX_HOME=<folder>",
  },
};

const ofMachine: Readonly<Record<string, { kind: FailureKind; hint: string }>> = {
  EMFILE: { kind: "quota", hint: "raise the number of open files: ulimit -n 4096" },
  EAGAIN: { kind: "quota", hint: "raise the number of processes: ulimit -u" },
  ENOENT: { kind: "invalid", hint: "check that the path exists" },
};

/** Any thrown thing as a failure; one machine is the whole cloud, so nothing reaches further than the offer. */
export function machineFailure(doing: string, error: unknown): ProviderFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const trouble = diskTroubleOf(error);
  const known = trouble !== null ? ofDisk[trouble] : ofMachine[code ?? ""];
  const text = error instanceof Error ? error.message : String(error);
  return failure({
    kind: known?.kind ?? "unknown",
    reach: "offer",
    message: `${doing}: ${text}`,
    hint: known?.hint ?? "look at the message, then try again",
    ...(code === undefined ? {} : { vendorCode: code }),
  });
}

/** Work on this machine, which ends by itself: what is thrown becomes a failure, an abort stays one. */
export function onThisMachine<T>(
  doing: string,
  signal: AbortSignal | undefined,
  work: () => Promise<ProviderAnswer<T>>,
): Promise<ProviderAnswer<T>> {
  return guard({ doing, failureOf: machineFailure, ...(signal === undefined ? {} : { signal }) }, work);
}
