// Tables without borders: left aligned, two spaces after each cell, cut to the terminal's width.
import { paint, type Colour } from "./colour.ts";

export interface Cell {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

export interface TableStyle {
  readonly columns: number;
  readonly colour: boolean;
}

const GAP = "  ";
const COLUMN_WIDTH_MIN = 8;

/** Lines joined by "\n", with one at the end. A cell may be plain text. */
export function renderTable(headers: readonly string[], rows: readonly (readonly (string | Cell)[])[], style: TableStyle): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "string" ? { text: oneLine(cell) } : { ...cell, text: oneLine(cell.text) })));
  const widths = headers.map((header, column) => Math.max(width(header), ...cells.map((row) => width(row[column]?.text ?? ""))));
  const fitted = fit(widths, style.columns);
  const head = headers.map((header, column) => paint(style.colour, "bold", pad(header, fitted[column] ?? 0)) + GAP);
  const body = cells.map((row) =>
    headers.map((_, column) => {
      const cell: Cell = row[column] ?? { text: "" };
      return paint(style.colour, cell.colour, pad(cell.text, fitted[column] ?? 0)) + GAP;
    }),
  );
  return [head, ...body].map((line) => `${line.join("")}\n`).join("");
}

/** Takes room from the widest columns first, and never below the least that can be read. */
function fit(widths: readonly number[], columns: number): number[] {
  const fitted = [...widths];
  const total = () => fitted.reduce((sum, one) => sum + one + GAP.length, 0) - GAP.length;
  while (total() > columns) {
    const widest = fitted.indexOf(Math.max(...fitted));
    const most = fitted[widest] ?? 0;
    if (most <= COLUMN_WIDTH_MIN) break;
    fitted[widest] = most - 1;
  }
  return fitted;
}

function pad(text: string, size: number): string {
  const missing = size - width(text);
  return missing >= 0 ? text + " ".repeat(missing) : cut(text, size);
}

/** Cuts at the end, with an ellipsis in the last place. */
export function cut(text: string, size: number): string {
  if (width(text) <= size) return text;
  let kept = "";
  for (const symbol of text) {
    if (width(kept) + width(symbol) > size - 1) break;
    kept += symbol;
  }
  return `${kept}…`;
}

/** Keeps both ends. */
export function cutMiddle(text: string, size: number): string {
  if (text.length <= size) return text;
  const room = size - 3;
  const left = Math.ceil(room / 2);
  return `${text.slice(0, left)}...${text.slice(text.length - (room - left))}`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\t]+/g, " ");
}

function width(text: string): number {
  return Bun.stringWidth(text);
}
