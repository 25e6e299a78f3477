// Tables in the form of SkyPilot's plans: a rule above, below the head and below the rows. Fitted to a width where one is given.
import { width, type TableColumn } from "#shared/table/layout.ts";
import { padded, tableLines, wrapText, type Piece } from "#shared/table/lines.ts";

const GREEN = "\u001b[32m";
const PLAIN = "\u001b[0m";

/** Letters between columns: SkyPilot's three where there is room, two where there is none. */
const WIDE_GAP = 3;
const NARROW_GAP = 2;

/** A table with its rules; lines joined by "\n", without one at the end. Colours in cells take no width. `room`: letters of a line. */
export function framedTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  room = Infinity,
): string {
  const wide = tableLines(columns, rows, { columns: Infinity, gap: WIDE_GAP });
  const size = columns.reduce(
    (sum, column, at) => sum + WIDE_GAP + Math.max(width(column.header), ...rows.map((row) => width(row[at] ?? ""))),
    1,
  );
  if (size <= room) return framed(wide.head, wide.rows.flat(), { gap: WIDE_GAP, size });
  const narrow = tableLines(columns, rows, { columns: Math.max(1, room - 1), gap: NARROW_GAP });
  const all = [...narrow.head, ...narrow.rows.flat()];
  const longest = Math.max(...all.map((pieces) => lineText(pieces, NARROW_GAP).length));
  return framed(narrow.head, narrow.rows.flat(), { gap: NARROW_GAP, size: Math.min(room, longest + 1) });
}

type Lines = readonly (readonly Piece[])[];

function framed(head: Lines, rows: Lines, { gap, size }: { readonly gap: number; readonly size: number }): string {
  const rule = "-".repeat(size);
  const line = (pieces: readonly Piece[]) => {
    const text = ` ${lineText(pieces, gap)}`;
    return gap === WIDE_GAP ? padded(text, size) : text;
  };
  return [rule, ...head.map(line), rule, ...rows.map(line), rule].join("\n");
}

/** The indent of a second line stands for its own gap. */
function lineText(pieces: readonly Piece[], gap: number): string {
  return pieces
    .map(({ column, text }, at) => (at === pieces.length - 1 || column === -1 ? text : text + " ".repeat(gap)))
    .join("");
}

/** The mark of the chosen row. */
export function chosenMark(isColored: boolean): string {
  return isColored ? `${GREEN}   ✔${PLAIN}` : "   ✔";
}

/** Prose in lines of at most `room` letters; as it is where there is no limit. */
export function prose(text: string, room = Infinity): string {
  return room === Infinity
    ? text
    : text
        .split("\n")
        .flatMap((line) => wrapText(line, room))
        .join("\n");
}
