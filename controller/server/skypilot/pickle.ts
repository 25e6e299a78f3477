// Writes Python pickles of plain data: the one thing that SkyPilot's clients cannot take as JSON (an error's `object`).
import { plainText } from "#shared/yaml/python-text.ts";

/** A Python tuple. */
export class PickleTuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A pickled None, protocol 4. Clients unpickle some fields whose value they never use. */
export const pickledNone = "gAROLg==";

const opcode = {
  protocol: 0x80,
  stop: 0x2e,
  none: 0x4e,
  yes: 0x88,
  no: 0x89,
  integer: 0x4a,
  double: 0x47,
  text: 0x58,
  mark: 0x28,
  tuple: 0x74,
  list: 0x5d,
  appendAll: 0x65,
  dict: 0x7d,
  setAll: 0x75,
} as const;

const INTEGER_LIMIT = 2 ** 31;

/** Protocol 2, base64: null, booleans, numbers, text, arrays, PickleTuple, plain objects. Anything else is written as its text. */
export function pickle(value: unknown): string {
  const parts: Uint8Array[] = [Uint8Array.of(opcode.protocol, 2)];
  put(parts, value);
  parts.push(Uint8Array.of(opcode.stop));
  return Buffer.concat(parts).toString("base64");
}

function put(parts: Uint8Array[], value: unknown): void {
  if (value === null || value === undefined) parts.push(Uint8Array.of(opcode.none));
  else if (typeof value === "boolean") parts.push(Uint8Array.of(value ? opcode.yes : opcode.no));
  else if (typeof value === "number") putNumber(parts, value);
  else if (typeof value === "string") putText(parts, value);
  else if (value instanceof PickleTuple) putSequence(parts, value.items, opcode.mark, opcode.tuple);
  else if (Array.isArray(value)) {
    parts.push(Uint8Array.of(opcode.list));
    putSequence(parts, value, opcode.mark, opcode.appendAll);
  } else if (typeof value === "object") {
    parts.push(Uint8Array.of(opcode.dict));
    putSequence(parts, Object.entries(value).flat(), opcode.mark, opcode.setAll);
  } else putText(parts, plainText(value));
}

function putSequence(parts: Uint8Array[], items: readonly unknown[], open: number, close: number): void {
  parts.push(Uint8Array.of(open));
  for (const item of items) put(parts, item);
  parts.push(Uint8Array.of(close));
}

function putNumber(parts: Uint8Array[], value: number): void {
  const isInteger = Number.isInteger(value) && Math.abs(value) < INTEGER_LIMIT;
  const bytes = new Uint8Array(isInteger ? 5 : 9);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, isInteger ? opcode.integer : opcode.double);
  if (isInteger) view.setInt32(1, value, true);
  else view.setFloat64(1, value);
  parts.push(bytes);
}

function putText(parts: Uint8Array[], text: string): void {
  const body = new TextEncoder().encode(text);
  const head = new Uint8Array(5);
  const view = new DataView(head.buffer);
  view.setUint8(0, opcode.text);
  view.setUint32(1, body.length, true);
  parts.push(head, body);
}
