// Instructions in the words of arm64 (Arm's manual, C6; calls: x8, then x0 to x5). Every one has four bytes.
import {
  BUFFER_BYTES,
  calls,
  littleEndian,
  type Encoder,
  type Instruction,
  type Operand,
  type Piece,
  type Register,
} from "./instructions.ts";

const number = { a: 20, b: 21, c: 22, d: 23 } as const satisfies Record<Register, number>;
/** Where the kernel put the command line. */
const FRAME = 19;
const SCRATCH = 9;
const CALL = 8;
const STACK = 31;
const ZERO = 31;
const SVC = 0xd4000001;

/** mov x19, sp; sub sp, sp, … */
export const arm64Start: readonly Piece[] = [
  word(addNumber(FRAME, STACK, 0)),
  word(0xd1000000 | (BUFFER_BYTES << 10) | (STACK << 5) | STACK),
];

export const encodeArm64: Encoder = (one) => {
  switch (one.do) {
    case "call":
      return [
        ...one.given.flatMap((operand, at) => loadOperand(at, operand)),
        ...setNumber(CALL, calls[one.name][1]).map(word),
        word(SVC),
        ...(one.into === null ? [] : [word(move(number[one.into], 0))]),
      ];
    case "go":
      return [
        { size: 4, to: one.label, encode: (distance) => littleEndian(0x14000000 | ((distance >> 2) & 0x3ffffff)) },
      ];
    case "go if": {
      const at = number[one.of];
      // tbnz …, #63 / cbz / cbnz
      if (one.is === "negative")
        return [
          {
            size: 4,
            to: one.label,
            encode: (distance) => littleEndian(0xb7f80000 | (((distance >> 2) & 0x3fff) << 5) | at),
          },
        ];
      return [branch(one.is === "zero" ? 0xb4000000 | at : 0xb5000000 | at, one.label)];
    }
    case "go unless equal":
      // cmp; b.ne
      return [word(0xeb00001f | (number[one.right] << 16) | (number[one.left] << 5)), branch(0x54000001, one.label)];
    case "entry": {
      const at = number[one.into];
      // adr x9, table; add …, x9, …, lsl 2
      return [address(SCRATCH, one.table), word(0x8b000800 | (at << 16) | (SCRATCH << 5) | at)];
    }
    default:
      return encodeArithmetic(one).map(word);
  }
};

function encodeArithmetic(
  one: Extract<Instruction, { into: Register }> & { do: "load" | "copy" | "set" | "and" | "add" | "shift right" },
): readonly number[] {
  const at = number[one.into];
  switch (one.do) {
    case "load":
      return [0xb9400000 | (STACK << 5) | at];
    case "copy":
      return [move(at, number[one.from])];
    case "set":
      return setNumber(at, one.value);
    case "and":
      return [...setNumber(SCRATCH, one.value), 0x8a000000 | (SCRATCH << 16) | (at << 5) | at];
    case "add":
      return [addNumber(at, at, one.value)];
    case "shift right":
      // ubfm …, …, by, 63
      return [0xd340fc00 | (one.by << 16) | (at << 5) | at];
  }
}

function loadOperand(at: number, operand: Operand): readonly Piece[] {
  if (typeof operand === "number") return setNumber(at, operand).map(word);
  if (typeof operand === "string") return [word(move(at, number[operand]))];
  if ("bytes" in operand) return [address(at, operand.bytes)];
  if ("buffer" in operand) return [word(addNumber(at, STACK, 0))];
  if ("argument" in operand)
    return [word(0xf9400000 | ((operand.argument + 1) << 10) | (FRAME << 5) | at) /* ldr …, [x19, …] */];
  if ("argumentsFrom" in operand) return [word(addNumber(at, FRAME, 8 + 8 * operand.argumentsFrom))];
  // ldr x9, [x19]; add …, x19, x9, lsl 3; add …, …, 16
  return [
    word(0xf9400000 | (FRAME << 5) | SCRATCH),
    word(0x8b000c00 | (SCRATCH << 16) | (FRAME << 5) | at),
    word(addNumber(at, at, 16)),
  ];
}

/** add …, …, value: of 0 to 4095. */
function addNumber(to: number, from: number, value: number): number {
  return 0x91000000 | (value << 10) | (from << 5) | to;
}

/** orr …, xzr, … */
function move(to: number, from: number): number {
  return 0xaa0003e0 | (from << 16) | to | (ZERO << 5);
}

/** movz, and movk when it needs more than 16 bits; movn for what is negative (from −65536 on). */
function setNumber(at: number, value: number): readonly number[] {
  if (value < 0) return [0x92800000 | ((~value & 0xffff) << 5) | at];
  const high = (value >> 16) & 0xffff;
  return [0xd2800000 | ((value & 0xffff) << 5) | at, ...(high === 0 ? [] : [0xf2a00000 | (high << 5) | at])];
}

function word(value: number): Piece {
  return { code: littleEndian(value) };
}

/** adr: within a megabyte. */
function address(at: number, bytes: Uint8Array): Piece {
  return {
    size: 4,
    to: bytes,
    encode: (distance) => littleEndian(0x10000000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | at),
  };
}

function branch(operation: number, label: string): Piece {
  return { size: 4, to: label, encode: (distance) => littleEndian(operation | (((distance >> 2) & 0x7ffff) << 5)) };
}
