// A table as bytes and back: a JSON head with the texts, then the columns as they lie in memory, all compressed.
import { StixError } from "#shared/errors/stix-error.ts";
import type { CloudTable } from "./table.ts";

const MAGIC = 0x31584953; // "SIX1"
const COLUMNS = [
  "typeCpus",
  "typeMemoryGib",
  "typeAcceleratorCount",
  "typeDeviceMemoryMib",
  "typeDiskGb",
  "rowPrice",
  "rowSpot",
  "typeStart",
  "typeAccelerator",
  "rowRegion",
  "rowZone",
  "typeArm",
  "typeDiskKind",
  "rowSource",
  "rowBand",
] as const;
type Column = (typeof COLUMNS)[number];

const MAKERS = {
  typeCpus: Float64Array,
  typeMemoryGib: Float64Array,
  typeAcceleratorCount: Float64Array,
  typeDeviceMemoryMib: Float64Array,
  typeDiskGb: Float64Array,
  rowPrice: Float64Array,
  rowSpot: Float64Array,
  typeStart: Uint32Array,
  typeAccelerator: Int16Array,
  rowRegion: Uint16Array,
  rowZone: Uint16Array,
  typeArm: Uint8Array,
  typeDiskKind: Uint8Array,
  rowSource: Uint8Array,
  rowBand: Uint8Array,
} as const satisfies Record<Column, unknown>;

interface Head {
  readonly cloud: string;
  readonly typeNames: readonly string[];
  readonly acceleratorNames: readonly string[];
  readonly regions: readonly string[];
  readonly zones: readonly string[];
  readonly sources: CloudTable["sources"];
  readonly lengths: readonly number[];
}

/** Compressed bytes; the same table gives the same bytes. */
export function encodeTable(table: CloudTable): Uint8Array {
  const head: Head = {
    cloud: table.cloud,
    typeNames: table.typeNames,
    acceleratorNames: table.acceleratorNames,
    regions: table.regions,
    zones: table.zones,
    sources: table.sources,
    lengths: COLUMNS.map((name) => table[name].length),
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const bodyStart = aligned(8 + text.length);
  let size = bodyStart;
  for (const name of COLUMNS) size = aligned(size + table[name].byteLength);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  bytes.set(text, 8);
  let at = bodyStart;
  for (const name of COLUMNS) {
    const column = table[name];
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at = aligned(at + column.byteLength);
  }
  return Bun.zstdCompressSync(bytes, { level: 19 });
}

/** The table of `encodeTable`; its columns are views of one buffer. @throws StixError for bytes that are not a whole table. */
export function decodeTable(compressed: Uint8Array, origin: string): CloudTable {
  try {
    const raw = Bun.zstdDecompressSync(compressed);
    // Typed arrays want their place aligned; a pooled buffer may start anywhere.
    const bytes = raw.byteOffset % 8 === 0 ? raw : new Uint8Array(raw);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(0, true) !== MAGIC) throw new Error("not a price table");
    const textLength = view.getUint32(4, true);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + textLength))) as Head;
    return { ...head, ...readColumns(bytes, aligned(8 + textLength), head.lengths) };
  } catch (cause) {
    throw new StixError({
      code: "bad-database",
      message: `the price table '${origin}' cannot be read`,
      hint: "delete the file, or write it again: stix catalog update",
      cause,
    });
  }
}

function readColumns(bytes: Uint8Array, start: number, lengths: readonly number[]): Pick<CloudTable, Column> {
  let at = start;
  const columns = COLUMNS.map((name, index) => {
    const length = lengths[index] ?? 0;
    const Maker = MAKERS[name];
    const end = at + length * Maker.BYTES_PER_ELEMENT;
    if (end > bytes.byteLength) throw new Error("the file is cut short");
    const column = new Maker(bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length);
    at = aligned(end);
    return [name, column] as const;
  });
  return Object.fromEntries(columns) as unknown as Pick<CloudTable, Column>;
}

function aligned(offset: number): number {
  return (offset + 7) & ~7;
}
