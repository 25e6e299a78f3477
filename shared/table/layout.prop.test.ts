// Tables of any columns and cells in any room: no line too wide, names whole, nothing doubled, and the stated order kept.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { layout, width, type TableColumn } from "./layout.ts";
import { tableLines, wrapText } from "./lines.ts";

const word = fc.stringMatching(/^[A-Za-z0-9._:漢é-]{1,30}$/);
const cell = fc.array(word, { minLength: 0, maxLength: 5 }).map((words) => words.join(" "));
const column = fc
  .record({
    header: fc.stringMatching(/^[A-Z]{1,12}$/),
    keep: fc.option(fc.nat(9), { nil: undefined }),
    cut: fc.constantFrom("end", "middle", "start", "prefix", "wrap", undefined),
    least: fc.option(fc.integer({ min: 3, max: 12 }), { nil: undefined }),
  })
  .map(({ header, keep, cut, least }): TableColumn => ({
    header,
    ...(keep !== undefined && { keep }),
    ...(cut !== undefined && { cut }),
    ...(least !== undefined && { least }),
  }));

const table = fc.array(column, { minLength: 1, maxLength: 9 }).chain((columns) =>
  fc.record({
    columns: fc.constant<readonly TableColumn[]>([{ header: "NAME" }, ...columns]),
    rows: fc.array(
      fc
        .tuple(word, fc.array(cell, { minLength: columns.length, maxLength: columns.length }))
        .map(([name, rest]) => [name, ...rest]),
      { maxLength: 6 },
    ),
    room: fc.integer({ min: 20, max: 160 }),
  }),
);

function texts(columns: readonly TableColumn[], rows: readonly (readonly string[])[], room: number): string[][] {
  const lines = tableLines(columns, rows, { columns: room, gap: 2 });
  return [lines.head, ...lines.rows].map((row) =>
    row.map((pieces) =>
      pieces
        .map((piece) => piece.text)
        .join("  ")
        .replace(/^ {4}/, "  "),
    ),
  );
}

describe("shared/table", () => {
  test("no line is wider than the room whenever what must stay whole fits", () => {
    fc.assert(
      fc.property(table, ({ columns, rows, room }) => {
        const whole = Math.max(
          ...columns.flatMap((one, at) =>
            one.cut === undefined && one.keep === undefined
              ? [width(one.header), ...rows.map((row) => width(row[at] ?? ""))]
              : [0],
          ),
        );
        fc.pre(whole + 2 <= room);

        for (const line of texts(columns, rows, room).flat()) expect(width(line)).toBeLessThanOrEqual(room);
      }),
      { numRuns: 1_000 },
    );
  });

  test("names are whole in any room", () => {
    fc.assert(
      fc.property(table, ({ columns, rows, room }) => {
        const printed = texts(columns, rows, room).slice(1);

        rows.forEach((row, at) => expect(printed[at]?.[0]).toStartWith(row[0] ?? ""));
      }),
    );
  });

  test("where there is room for everything nothing is cut, left out or put on a second line", () => {
    fc.assert(
      fc.property(table, ({ columns, rows }) => {
        const printed = texts(columns, rows, Infinity);

        expect(printed.every((lines) => lines.length === 1)).toBe(true);
        rows.forEach((row, at) => {
          for (const text of row) expect(printed[at + 1]?.[0]).toContain(text);
        });
      }),
    );
  });

  test("a column that stays means that every more important one stays", () => {
    fc.assert(
      fc.property(table, ({ columns, rows, room }) => {
        const contents = columns.map((_, at) => Math.max(0, ...rows.map((row) => width(row[at] ?? ""))));
        const kept = new Set(
          layout(columns, contents, { columns: room, gap: 2 }).flatMap((band) => band.columns.map((one) => one.index)),
        );
        const least = Math.min(...[...kept].map((index) => columns[index]?.keep ?? Infinity));

        columns.forEach((one, index) => {
          if ((one.keep ?? Infinity) > least) expect(kept.has(index)).toBe(true);
        });
      }),
    );
  });

  test("no line ends with blanks, and a row of one line stays one line", () => {
    fc.assert(
      fc.property(table, ({ columns, rows, room }) => {
        for (const line of texts(columns, rows, room).flat()) expect(line).toBe(line.trimEnd());
      }),
    );
  });

  test("more room never shows less", () => {
    fc.assert(
      fc.property(table, fc.nat(60), ({ columns, rows, room }, more) => {
        const contents = columns.map((_, at) => Math.max(0, ...rows.map((row) => width(row[at] ?? ""))));
        const shown = (columnsOfRoom: number) => {
          const bands = layout(columns, contents, { columns: columnsOfRoom, gap: 2 });
          return bands.length === 1 ? bands.flatMap((band) => band.columns.map((one) => one.index)) : undefined;
        };
        const [narrow, wide] = [shown(room), shown(room + more)];
        fc.pre(narrow !== undefined);

        expect(wide).toEqual(expect.arrayContaining(narrow ?? []));
      }),
    );
  });

  test("wrapped text keeps every letter and every line in its room", () => {
    fc.assert(
      fc.property(cell, fc.integer({ min: 2, max: 40 }), (text, size) => {
        const lines = wrapText(text, size);

        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        for (const line of lines) expect(width(line)).toBeLessThanOrEqual(size);
      }),
    );
  });
});
