// Two small programs for Linux. Both make themselves a "child subreaper" (prctl(2)): whoever below them loses his parent
// becomes their child, whatever he forks, closes or forgets, so that the tree below them is complete.
import {
  BUFFER_BYTES,
  type Condition,
  type Instruction,
  type Operand,
  type Register,
  type calls,
} from "./instructions.ts";
import { executable, type MachineKind } from "./executable.ts";

const PR_SET_CHILD_SUBREAPER = 36;
const HERE = -100;
const O_RDONLY = 0;
/** O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC */
const APPEND = 0o1 | 0o100 | 0o2000 | 0o2000000;
const O_CLOEXEC = 0o2000000;
const SIG_SETMASK = 2;
const SIGCHLD = 17;
/** Ignored by whoever does not ask for it. */
const SIGURG = 23;
const WNOHANG = 1;
const ANY_CHILD = -1;
const NO_NOTES = 125;
const FORBIDDEN = 137;
const CANNOT_RUN = 127;

const buffer: Operand = { buffer: true };
const ownStat = text("/proc/self/stat\0");
const allSignals = new Uint8Array(8).fill(255);
/** Exit codes as lines of three digits. */
const lines = text(Array.from({ length: 256 }, (_, code) => `${String(code).padStart(3, "0")}\n`).join(""));

const becomeReaper = call("prctl", [PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0]);

/** `adopt PROGRAM WORD…`: becomes the reaper of everything below, then the program. */
const adopt: readonly Instruction[] = [
  becomeReaper,
  call("execve", [{ argument: 1 }, { argumentsFrom: 1 }, { environment: true }]),
  call("exit_group", [CANNOT_RUN]),
];

/**
 * `reap NOTES FORBIDDEN PROGRAM WORD…`: appends a line with its own /proc/self/stat to the file NOTES, ends with 137 when
 * the file FORBIDDEN is there, runs the program in a session of its own, and appends a line with its exit code (three
 * digits, 128 and more for a signal). It lives until nothing below it lives. If something still does when the program has
 * ended, it says SIGURG to its parent: there is an exit code to read. Signals do not concern it.
 */
const reap: readonly Instruction[] = [
  becomeReaper,
  call("openat", [HERE, { argument: 1 }, APPEND, 0o600], "a"),
  goIf("a", "negative", "no notes"),
  call("openat", [HERE, { bytes: ownStat }, O_RDONLY | O_CLOEXEC, 0], "b"),
  goIf("b", "negative", "no notes"),
  call("read", ["b", buffer, BUFFER_BYTES], "c"),
  call("close", ["b"]),
  goIf("c", "negative", "no notes"),
  call("write", ["a", buffer, "c"], "d"),
  { do: "go unless equal", left: "c", right: "d", label: "no notes" },
  // After the note: who forbids looks at the notes after forbidding, so one of the two sees the other.
  call("faccessat", [HERE, { argument: 2 }, 0], "d"),
  goIf("d", "zero", "forbidden"),
  call("rt_sigprocmask", [SIG_SETMASK, { bytes: allSignals }, buffer, 8]),
  call("clone", [SIGCHLD, 0, 0, 0, 0], "b"),
  goIf("b", "negative", "no notes"),
  goIf("b", "zero", "child"),

  label("wait"),
  call("wait4", [ANY_CHILD, buffer, 0, 0], "c"),
  // No child is left: nothing below lives.
  goIf("c", "negative", "end"),
  { do: "go unless equal", left: "c", right: "b", label: "wait" },
  { do: "load", into: "d" },
  { do: "copy", into: "c", from: "d" },
  { do: "and", into: "c", value: 0x7f },
  goIf("c", "not zero", "signalled"),
  { do: "shift right", into: "d", by: 8 },
  { do: "and", into: "d", value: 0xff },
  { do: "go", label: "note" },
  label("signalled"),
  { do: "copy", into: "d", from: "c" },
  { do: "add", into: "d", value: 128 },
  label("note"),
  { do: "copy", into: "c", from: "d" },
  { do: "entry", into: "c", table: lines },
  call("write", ["a", "c", 4]),
  // Its number may be given to another process from now on.
  { do: "set", into: "b", value: 0 },
  label("look"),
  call("wait4", [ANY_CHILD, buffer, WNOHANG, 0], "c"),
  goIf("c", "negative", "end"),
  goIf("c", "not zero", "look"),
  call("getppid", [], "c"),
  call("kill", ["c", SIGURG]),
  { do: "go", label: "wait" },

  label("end"),
  call("exit_group", ["d"]),
  label("child"),
  call("setsid", []),
  call("rt_sigprocmask", [SIG_SETMASK, buffer, 0, 8]),
  call("execve", [{ argument: 3 }, { argumentsFrom: 3 }, { environment: true }]),
  call("exit_group", [CANNOT_RUN]),
  label("no notes"),
  call("exit_group", [NO_NOTES]),
  label("forbidden"),
  call("exit_group", [FORBIDDEN]),
];

/** An executable file for Linux on this kind of machine; null for a kind that we have no words for. */
export function smallProgram(name: "adopt" | "reap", kind: string): Uint8Array | null {
  return isKnown(kind) ? executable(kind, name === "adopt" ? adopt : reap) : null;
}

function isKnown(kind: string): kind is MachineKind {
  return kind === "x64" || kind === "arm64";
}

function call(name: keyof typeof calls, given: readonly Operand[], into: Register | null = null): Instruction {
  return { do: "call", name, given, into };
}

function goIf(of: Register, is: Condition, to: string): Instruction {
  return { do: "go if", of, is, label: to };
}

function label(name: string): Instruction {
  return { do: "label", label: name };
}

function text(of: string): Uint8Array {
  return new TextEncoder().encode(of);
}
