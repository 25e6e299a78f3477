// Tables without borders: left aligned, two spaces between cells, fitted to the terminal; in a pipe as wide as they are.
import { width, type TableColumn } from "#shared/table/layout.ts";
import { tableLines, type Piece } from "#shared/table/lines.ts";
import { paint, type Colour } from "./colour.ts";

export interface Cell {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

export interface TableStyle {
  /** Infinity: nothing is cut, and every line has the table's width. */
  readonly columns: number;
  readonly colour: boolean;
}

const GAP = "  ";

/** Lines joined by "\n", with one at the end. A cell may be plain text. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | Cell)[])[],
  style: TableStyle,
): string {
  const cells = rows.map((row) =>
    row.map((cell): Cell =>
      typeof cell === "string" ? { text: oneLine(cell) } : { ...cell, text: oneLine(cell.text) },
    ),
  );
  const lines = tableLines(
    columns,
    cells.map((row) => row.map((cell) => cell.text)),
    { columns: style.columns, gap: GAP.length },
  );
  const all = [
    ...lines.head.map((pieces) => ({ pieces, colourOf: (): Colour => "bold" })),
    ...lines.rows.flatMap((row, at) =>
      row.map((pieces) => ({ pieces, colourOf: (column: number) => cells[at]?.[column]?.colour })),
    ),
  ];
  const whole =
    style.columns === Infinity ? Math.max(0, ...all.map(({ pieces }) => lineWidth(pieces))) + GAP.length : 0;
  return all
    .map(
      ({ pieces, colourOf }) =>
        `${line(pieces, colourOf, style)}${" ".repeat(Math.max(0, whole - lineWidth(pieces)))}\n`,
    )
    .join("");
}

function line(pieces: readonly Piece[], colourOf: (column: number) => Colour | undefined, style: TableStyle): string {
  return pieces
    .map(({ column, text }, at) => `${paint(style.colour, colourOf(column), text)}${hasGap(pieces, at) ? GAP : ""}`)
    .join("");
}

function lineWidth(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { text }, at) => sum + width(text) + (hasGap(pieces, at) ? GAP.length : 0), 0);
}

/** The indent of a second line is followed by none. */
function hasGap(pieces: readonly Piece[], at: number): boolean {
  return at < pieces.length - 1 && pieces[at]?.column !== -1;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\t]+/g, " ");
}
