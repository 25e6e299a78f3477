// Which columns of a table stand where when there is only so much room: a pure function of what each column says of itself.

/** How a cell is shortened that has not its whole width. "prefix" leaves no mark: what is left is still a name for the thing. */
export type Cut = "end" | "middle" | "start" | "prefix" | "wrap";

export interface TableColumn {
  readonly header: string;
  /** Stands for the header where that would be wider than what is below it. */
  readonly brief?: string;
  /** Where there is no room the lowest goes first; a column without one never goes. */
  readonly keep?: number;
  /** Absent: its cells are never cut, as names are not. */
  readonly cut?: Cut;
  /** Fewer letters than this of a cell are not worth showing; 8 when absent. */
  readonly least?: number;
}

/** Columns side by side on one line. A table too narrow for one line a row has several. */
export interface Band {
  readonly indent: number;
  readonly columns: readonly { readonly index: number; readonly width: number; readonly header: string }[];
}

export interface Room {
  /** Letters of a line; Infinity where nothing is ever cut. */
  readonly columns: number;
  /** Letters between two columns. */
  readonly gap: number;
}

const LEAST_DEFAULT = 8;
const BAND_INDENT = 2;

interface Sized {
  readonly index: number;
  readonly column: TableColumn;
  readonly least: number;
  /** Width of its widest cell, or of its short header. */
  readonly content: number;
  readonly natural: number;
}

/**
 * `contents` holds the width of each column's widest cell. Columns that must stay set how many lines a row has; of the others as many
 * as fit there stay, by rank, each with its least width at first. What room is left goes to the cells of the most important first.
 * No line is wider than the room, unless a cell that must stay whole is.
 */
export function layout(columns: readonly TableColumn[], contents: readonly number[], room: Room): readonly Band[] {
  const sized = columns.map((column, index) => sizeOf(column, index, contents[index] ?? 0));
  const needed = sized.filter(({ column }) => column.keep === undefined);
  const optional = sized
    .filter(({ column }) => column.keep !== undefined)
    .toSorted((left, right) => rank(right) - rank(left) || left.index - right.index);
  const lines = Math.max(1, bandsOf(needed, room).length);
  let kept = needed;
  for (const one of optional) {
    const more = [...kept, one].toSorted((left, right) => left.index - right.index);
    if (bandsOf(more, room).length > lines) break;
    kept = more;
  }
  return bandsOf(kept, room).map((band, at) => grown(band, at === 0 ? 0 : BAND_INDENT, room));
}

function sizeOf(column: TableColumn, index: number, widest: number): Sized {
  const header = width(column.header);
  const content = Math.max(widest, Math.min(header, width(column.brief ?? column.header)));
  const natural = Math.max(widest, header);
  const least = column.cut === undefined ? content : Math.min(content, column.least ?? LEAST_DEFAULT);
  return { index, column, least, content, natural };
}

function rank({ column }: Sized): number {
  return column.keep ?? Infinity;
}

/** In their order, each line as full of least widths as it gets. */
function bandsOf(kept: readonly Sized[], room: Room): Sized[][] {
  const bands: Sized[][] = [];
  let used = Infinity;
  for (const one of kept) {
    used += room.gap + one.least;
    const last = bands.at(-1);
    if (last !== undefined && used <= room.columns) last.push(one);
    else {
      used = one.least + (bands.length === 0 ? 0 : BAND_INDENT);
      bands.push([one]);
    }
  }
  return bands;
}

/** First every cell its width, the most important first, then every header. */
function grown(band: readonly Sized[], indent: number, room: Room): Band {
  const widths = new Map(
    band.map((one) => [
      one.index,
      Math.min(one.least, one.column.cut === undefined ? Infinity : Math.max(1, room.columns - indent)),
    ]),
  );
  let free =
    room.columns - indent - room.gap * (band.length - 1) - [...widths.values()].reduce((sum, one) => sum + one, 0);
  const byRank = band.toSorted((left, right) => rank(right) - rank(left) || left.index - right.index);
  for (const goal of ["content", "natural"] as const) {
    for (const one of byRank) {
      const now = widths.get(one.index) ?? 0;
      const more = Math.max(0, Math.min(free, one[goal] - now));
      widths.set(one.index, now + more);
      free -= more;
    }
  }
  return {
    indent,
    columns: band.map(({ index, column }) => {
      const size = widths.get(index) ?? 0;
      return {
        index,
        width: size,
        header: width(column.header) <= size ? column.header : (column.brief ?? column.header),
      };
    }),
  };
}

/** Columns of a terminal that the text takes; colours take none. */
export function width(text: string): number {
  return Bun.stringWidth(text);
}
