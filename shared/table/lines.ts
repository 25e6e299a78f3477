// A table's lines: each cell cut, wrapped and padded to the column that the layout gave it.
import { layout, width, type Band, type Cut, type Room, type TableColumn } from "./layout.ts";

/** One cell's part of a line, padded unless it is the last. */
export interface Piece {
  /** Its column; -1 for the indent. */
  readonly column: number;
  readonly text: string;
}

export interface TableLines {
  readonly head: readonly (readonly Piece[])[];
  /** For each row its lines. */
  readonly rows: readonly (readonly (readonly Piece[])[])[];
}

/** Cells are one line of text each; colours in a cell that is never cut take no width. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  room: Room,
): TableLines {
  const contents = columns.map((_, at) => Math.max(0, ...rows.map((row) => width(row[at] ?? ""))));
  const bands = layout(columns, contents, room);
  return {
    head: bands.flatMap((band) =>
      bandLines(band, (index) => band.columns.find((one) => one.index === index)?.header ?? "", columns),
    ),
    rows: rows.map((row) => {
      const lines = bands.flatMap((band) => bandLines(band, (index) => row[index] ?? "", columns));
      return lines.length === 0 ? [[]] : lines;
    }),
  };
}

/** None for a band in which there is nothing to read. */
function bandLines(band: Band, textOf: (index: number) => string, columns: readonly TableColumn[]): Piece[][] {
  const cells = band.columns.map((one) => ({
    ...one,
    lines: cellLines(textOf(one.index), one.width, columns[one.index]?.cut),
  }));
  const height = Math.max(0, ...cells.map((cell) => cell.lines.length));
  return Array.from({ length: height }, (_, line) => cells.map((cell) => cell.lines[line] ?? "")).flatMap((texts) => {
    const last = texts.findLastIndex((text) => text !== "");
    if (last === -1) return [];
    const pieces = cells.slice(0, last + 1).map((cell, at) => ({
      column: cell.index,
      text: at === last ? (texts[at] ?? "") : padded(texts[at] ?? "", cell.width),
    }));
    return [band.indent === 0 ? pieces : [{ column: -1, text: " ".repeat(band.indent) }, ...pieces]];
  });
}

export function padded(text: string, size: number): string {
  return text + " ".repeat(Math.max(0, size - width(text)));
}

function cellLines(text: string, size: number, how: Cut | undefined): readonly string[] {
  if (how === undefined || width(text) <= size) return [text];
  if (how === "wrap") return wrapText(text, size);
  return [shorten(text, size, how)];
}

/** At most `size` columns wide. */
export function shorten(text: string, size: number, how: Exclude<Cut, "wrap">): string {
  if (width(text) <= size) return text;
  if (how === "prefix") return head(text, size).trimEnd();
  if (how === "end") return `${head(text, size - 1)}…`;
  if (how === "start") return `…${tail(text, size - 1)}`;
  const left = Math.ceil((size - 1) / 2);
  return `${head(text, left)}…${tail(text, size - 1 - left)}`;
}

function head(text: string, size: number): string {
  let kept = "";
  for (const symbol of text) {
    if (width(kept) + width(symbol) > size) break;
    kept += symbol;
  }
  return kept;
}

function tail(text: string, size: number): string {
  let kept = "";
  for (const symbol of [...text].toReversed()) {
    if (width(kept) + width(symbol) > size) break;
    kept = symbol + kept;
  }
  return kept;
}

/** Lines of at most `size` columns, broken at spaces; a longer word is broken where it must. */
export function wrapText(text: string, size: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && width(line) + 1 + width(word) > size) {
      lines.push(line);
      line = "";
    }
    let rest = line === "" ? word : `${line} ${word}`;
    while (width(rest) > size) {
      const part = head(rest, Math.max(1, size)) || rest;
      lines.push(part.trimEnd());
      rest = rest.slice(part.length).trimStart();
    }
    line = rest;
  }
  return [...lines, line];
}
