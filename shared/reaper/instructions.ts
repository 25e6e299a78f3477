// The few instructions that our smallest programs need, said once for both kinds of machine. A program is a list of them.

/** Registers that the kernel leaves alone during a call. */
export const registers = ["a", "b", "c", "d"] as const;
export type Register = (typeof registers)[number];

/** What a call is given. */
export type Operand =
  | number
  | Register
  /** The n-th word of the command line, which the kernel puts on the stack. */
  | { readonly argument: number }
  /** The address of the list that begins with the n-th word. */
  | { readonly argumentsFrom: number }
  /** The address of the list of variables, which follows the command line. */
  | { readonly environment: true }
  /** The address of these bytes, which lie behind the instructions. */
  | { readonly bytes: Uint8Array }
  /** The address of the program's `BUFFER_BYTES` of stack. */
  | { readonly buffer: true };

/** Linux's numbers of calls: [x64, arm64]. */
export const calls = {
  prctl: [157, 167],
  rt_sigprocmask: [14, 135],
  openat: [257, 56],
  close: [3, 57],
  read: [0, 63],
  write: [1, 64],
  faccessat: [269, 48],
  clone: [56, 220],
  wait4: [61, 260],
  kill: [62, 129],
  getppid: [110, 173],
  setsid: [112, 157],
  execve: [59, 221],
  exit_group: [231, 94],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

export type Condition = "negative" | "zero" | "not zero";

export type Instruction =
  | {
      readonly do: "call";
      readonly name: keyof typeof calls;
      readonly given: readonly Operand[];
      readonly into: Register | null;
    }
  | { readonly do: "label"; readonly label: string }
  | { readonly do: "go"; readonly label: string }
  | { readonly do: "go if"; readonly of: Register; readonly is: Condition; readonly label: string }
  | { readonly do: "go unless equal"; readonly left: Register; readonly right: Register; readonly label: string }
  /** The buffer's first 32 bits, without their sign. */
  | { readonly do: "load"; readonly into: Register }
  | { readonly do: "copy"; readonly into: Register; readonly from: Register }
  | { readonly do: "set"; readonly into: Register; readonly value: number }
  | { readonly do: "and"; readonly into: Register; readonly value: number }
  | { readonly do: "add"; readonly into: Register; readonly value: number }
  | { readonly do: "shift right"; readonly into: Register; readonly by: number }
  /** Makes `into` the address of entry number `into` of a table of four bytes an entry. */
  | { readonly do: "entry"; readonly into: Register; readonly table: Uint8Array };

export const BUFFER_BYTES = 2048;

/** What a kind of machine makes of instructions: bytes, some of which depend on where others come to lie. */
export type Piece =
  | { readonly code: readonly number[] }
  /** As many bytes as `size`; `encode` gets the distance in bytes from this piece's beginning to the label or the bytes. */
  | {
      readonly size: number;
      readonly to: string | Uint8Array;
      readonly encode: (distance: number) => readonly number[];
    };

export type Encoder = (instruction: Exclude<Instruction, { do: "label" }>) => readonly Piece[];

/** 32 bits, least significant first, as both kinds of machine have them. */
export function littleEndian(value: number): readonly number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
}
