// Instructions in the words of x64 (Intel's manual, volume 2; calls as in the System V ABI: rax, then rdi rsi rdx r10 r8 r9).
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

const number = { a: 3 /* rbx */, b: 12, c: 13, d: 14 } as const satisfies Record<Register, number>;
const RAX = 0;
const RBP = 5;
const given = [7 /* rdi */, 6 /* rsi */, 2 /* rdx */, 10, 8, 9] as const;
const SYSCALL = [0x0f, 0x05];
/** Second byte of a conditional jump with 32 bits of distance. */
const jumps = { negative: 0x88, zero: 0x84, "not zero": 0x85 } as const;
const JUMP_IF_NOT_EQUAL = 0x85;

/** rbp is where the kernel put the command line; the buffer lies below it. */
export const x64Start: readonly Piece[] = [
  { code: [0x48, 0x89, 0xe5] /* mov rbp, rsp */ },
  { code: [0x48, 0x81, 0xec, ...littleEndian(BUFFER_BYTES)] /* sub rsp, … */ },
];

export const encodeX64: Encoder = (one) => {
  switch (one.do) {
    case "call":
      return [
        ...one.given.flatMap((operand, at) => loadOperand(given[at] ?? 0, operand)),
        { code: [...setNumber(RAX, calls[one.name][0]), ...SYSCALL] },
        ...(one.into === null ? [] : [{ code: move(number[one.into], RAX) }]),
      ];
    case "go":
      return [{ size: 5, to: one.label, encode: (distance) => [0xe9, ...littleEndian(distance - 5)] }];
    case "go if": {
      const at = number[one.of];
      return [{ code: registers(0x85, at, at) /* test */ }, jump(jumps[one.is], one.label)];
    }
    case "go unless equal":
      return [
        { code: registers(0x39, number[one.right], number[one.left]) /* cmp */ },
        jump(JUMP_IF_NOT_EQUAL, one.label),
      ];
    case "entry": {
      const at = number[one.into];
      // shl …, 2; lea rax, [table]; add …, rax
      return [{ code: [...withOne(0xc1, 4, at), 2] }, address(RAX, one.table), { code: registers(0x01, RAX, at) }];
    }
    default:
      return [{ code: encodeArithmetic(one) }];
  }
};

function encodeArithmetic(
  one: Extract<Instruction, { into: Register }> & { do: "load" | "copy" | "set" | "and" | "add" | "shift right" },
): readonly number[] {
  const at = number[one.into];
  switch (one.do) {
    case "load":
      // mov r32, [rsp]: the upper half becomes zero.
      return [0x40 | ((at >> 3) << 2), 0x8b, ((at & 7) << 3) | 4, 0x24];
    case "copy":
      return move(at, number[one.from]);
    case "set":
      return setNumber(at, one.value);
    case "and":
      return [...withOne(0x81, 4, at), ...littleEndian(one.value)];
    case "add":
      return [...withOne(0x81, 0, at), ...littleEndian(one.value)];
    case "shift right":
      return [...withOne(0xc1, 5, at), one.by];
  }
}

function loadOperand(at: number, operand: Operand): readonly Piece[] {
  if (typeof operand === "number") return [{ code: setNumber(at, operand) }];
  if (typeof operand === "string") return [{ code: move(at, number[operand]) }];
  if ("bytes" in operand) return [address(at, operand.bytes)];
  const high = (at >> 3) << 2;
  const low = (at & 7) << 3;
  if ("buffer" in operand) return [{ code: [0x48 | high, 0x8d, low | 4, 0x24] /* lea …, [rsp] */ }];
  if ("argument" in operand)
    return [
      { code: [0x48 | high, 0x8b, 0x80 | low | RBP, ...littleEndian(8 + 8 * operand.argument)] /* mov …, [rbp+…] */ },
    ];
  if ("argumentsFrom" in operand)
    return [
      {
        code: [
          0x48 | high,
          0x8d,
          0x80 | low | RBP,
          ...littleEndian(8 + 8 * operand.argumentsFrom),
        ] /* lea …, [rbp+…] */,
      },
    ];
  // mov rax, [rbp]; lea …, [rbp+rax*8+16]
  return [{ code: [0x48, 0x8b, 0x45, 0x00] }, { code: [0x48 | high, 0x8d, 0x44 | low, 0xc5, 16] }];
}

/** An operation with two registers, 64 bits wide: the second is changed or compared. */
function registers(operation: number, first: number, second: number): readonly number[] {
  return [0x48 | ((first >> 3) << 2) | (second >> 3), operation, 0xc0 | ((first & 7) << 3) | (second & 7)];
}

/** An operation with one register and a constant that follows; `kind` chooses it. */
function withOne(operation: number, kind: number, at: number): readonly number[] {
  return [0x48 | (at >> 3), operation, 0xc0 | (kind << 3) | (at & 7)];
}

function move(to: number, from: number): readonly number[] {
  return registers(0x89, from, to);
}

/** With its sign. */
function setNumber(at: number, value: number): readonly number[] {
  return [...withOne(0xc7, 0, at), ...littleEndian(value)];
}

/** lea …, [rip+…] */
function address(at: number, bytes: Uint8Array): Piece {
  return {
    size: 7,
    to: bytes,
    encode: (distance) => [0x48 | ((at >> 3) << 2), 0x8d, ((at & 7) << 3) | 5, ...littleEndian(distance - 7)],
  };
}

function jump(kind: number, label: string): Piece {
  return { size: 6, to: label, encode: (distance) => [0x0f, kind, ...littleEndian(distance - 6)] };
}
