// Puts a program's instructions and bytes into an ELF file that Linux runs: static, one segment, nothing writable but the stack.
import { arm64Start, encodeArm64 } from "./arm64.ts";
import type { Instruction, Piece } from "./instructions.ts";
import { encodeX64, x64Start } from "./x64.ts";

export type MachineKind = "x64" | "arm64";

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const CODE_AT = HEADER_BYTES + 2 * SEGMENT_BYTES;
/** Where static programs have always been loaded. */
const BASE = 0x400000;
/** Machines of arm64 may have pages of 64 kB. */
const ALIGNMENT = 0x10000;
const machines = { x64: 62, arm64: 183 } as const satisfies Record<MachineKind, number>;

/** The whole file. Throws when an instruction names a label that is not there. */
export function executable(kind: MachineKind, program: readonly Instruction[]): Uint8Array {
  const [start, encode] = kind === "x64" ? [x64Start, encodeX64] : [arm64Start, encodeArm64];
  const pieces: Piece[] = [...start];
  const labels = new Map<string, number>();
  const sizeOf = (piece: Piece): number => ("code" in piece ? piece.code.length : piece.size);
  const end = (): number => pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
  for (const one of program) {
    if (one.do === "label") labels.set(one.label, end());
    else pieces.push(...encode(one));
  }
  const places = new Map<string | Uint8Array, number>(labels);
  const data: number[] = [];
  const dataAt = end();
  for (const piece of pieces) {
    if ("code" in piece || typeof piece.to === "string" || places.has(piece.to)) continue;
    places.set(piece.to, dataAt + data.length);
    data.push(...piece.to);
  }
  const code: number[] = [];
  for (const piece of pieces) {
    if ("code" in piece) code.push(...piece.code);
    else code.push(...piece.encode(placeOf(places, piece.to) - code.length));
  }
  return new Uint8Array([...headers(kind, code.length + data.length), ...code, ...data]);
}

function placeOf(places: ReadonlyMap<string | Uint8Array, number>, of: string | Uint8Array): number {
  const place = places.get(of);
  if (place === undefined) throw new Error(`no label '${String(of)}'`);
  return place;
}

/** elf(5): the file's header, the one segment, and the wish for a stack that holds no code. */
function headers(kind: MachineKind, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(CODE_AT));
  for (const [at, byte] of [0x7f, 0x45, 0x4c, 0x46, 2 /* 64 bits */, 1 /* little endian */, 1].entries())
    view.setUint8(at, byte);
  view.setUint16(16, 2 /* executable */, true);
  view.setUint16(18, machines[kind], true);
  view.setUint32(20, 1, true);
  view.setUint32(24, BASE + CODE_AT, true);
  view.setUint32(32, HEADER_BYTES, true);
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(54, SEGMENT_BYTES, true);
  view.setUint16(56, 2, true);
  const size = CODE_AT + bytes;
  segment(view, HEADER_BYTES, {
    type: 1 /* load */,
    flags: 5 /* read, execute */,
    address: BASE,
    size,
    alignment: ALIGNMENT,
  });
  segment(view, HEADER_BYTES + SEGMENT_BYTES, {
    type: 0x6474e551 /* GNU_STACK */,
    flags: 6 /* read, write */,
    address: 0,
    size: 0,
    alignment: 16,
  });
  return new Uint8Array(view.buffer);
}

function segment(
  view: DataView,
  at: number,
  of: {
    readonly type: number;
    readonly flags: number;
    readonly address: number;
    readonly size: number;
    readonly alignment: number;
  },
): void {
  view.setUint32(at, of.type, true);
  view.setUint32(at + 4, of.flags, true);
  view.setUint32(at + 16, of.address, true);
  view.setUint32(at + 24, of.address, true);
  view.setUint32(at + 32, of.size, true);
  view.setUint32(at + 40, of.size, true);
  view.setUint32(at + 48, of.alignment, true);
}
