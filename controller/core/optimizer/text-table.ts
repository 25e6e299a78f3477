// Tables in the form of SkyPilot's plans: a rule above, below the head and below the rows; two spaces after each cell.

const GREEN = "\u001b[32m";
const PLAIN = "\u001b[0m";
const ANSI = /\u001b\[[0-9;]*m/g;

/** A table with its rules; lines joined by "\n", without one at the end. Colours in cells take no width. */
export function framedTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) => Math.max(width(name), ...rows.map((row) => width(row[column] ?? ""))));
  const rule = "-".repeat(1 + widths.reduce((sum, size) => sum + size + 3, 0));
  const line = (cells: readonly string[]) => ` ${widths.map((size, column) => `${padded(cells[column] ?? "", size)}   `).join("")}`;
  return [rule, line(header), rule, ...rows.map(line), rule].join("\n");
}

/** The mark of the chosen row. */
export function chosenMark(isColored: boolean): string {
  return isColored ? `${GREEN}   ✔${PLAIN}` : "   ✔";
}

function padded(cell: string, size: number): string {
  return cell + " ".repeat(Math.max(0, size - width(cell)));
}

function width(cell: string): number {
  return cell.replace(ANSI, "").length;
}
