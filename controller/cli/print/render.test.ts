// Tables, spans of time, colours, errors and the lines of a request's log as people see them.
import { describe, expect, test } from "bun:test";
import { StixError } from "#shared/errors/stix-error.ts";
import { wantsColour } from "./colour.ts";
import { ago, span } from "./duration.ts";
import { renderError, shownError } from "./error.ts";
import { plainText } from "./progress.ts";
import { shorten } from "#shared/table/lines.ts";
import { renderTable } from "./table.ts";

const plain = { columns: Infinity, colour: false };

describe("cli/render", () => {
  test("a table pads by what is seen, wide letters included", () => {
    expect(
      renderTable(
        [{ header: "NAME" }, { header: "X" }],
        [
          ["漢字", "1"],
          ["abcdef", "2"],
        ],
        plain,
      ),
    ).toBe("NAME    X  \n漢字    1  \nabcdef  2  \n");
  });

  test("a table on a terminal has no line wider than it: what matters least is cut first, then left out", () => {
    const columns = [
      { header: "NAME" },
      { header: "STATUS" },
      { header: "COMMAND", keep: 1, cut: "end", least: 10 } as const,
    ];
    const rows = [["train", { text: "UP", colour: "green" } as const, "x".repeat(100)]];
    const at = (width: number) => renderTable(columns, rows, { columns: width, colour: false }).split("\n");

    expect(at(40)).toEqual(["NAME   STATUS  COMMAND", `train  UP      ${"x".repeat(24)}…`, ""]);
    expect(at(20)).toEqual(["NAME   STATUS", "train  UP", ""]);
    expect(renderTable(columns, rows, { columns: 20, colour: true })).toContain("\x1b[32mUP\x1b[39m");
  });

  test("where not even the names fit on one line with the rest, a row has two", () => {
    const lines = renderTable([{ header: "NAME" }, { header: "STATUS" }], [["a-long-name-of-a-cluster", "UP"]], {
      columns: 28,
      colour: false,
    });

    expect(lines).toBe("NAME\n  STATUS\na-long-name-of-a-cluster\n  UP\n");
  });

  test("cells never break the line", () => {
    expect(renderTable([{ header: "A" }], [["one\ntwo\tthree"]], plain)).toBe("A              \none two three  \n");
  });

  test("texts are cut at the end, at the beginning or in the middle", () => {
    expect([shorten("abcdef", 4, "end"), shorten("abcdef", 4, "start"), shorten("abcdef", 4, "prefix")]).toEqual([
      "abc…",
      "…def",
      "abcd",
    ]);
    expect(shorten("GCP (northamerica-northeast1)", 25, "middle")).toBe("GCP (northam…-northeast1)");
  });

  test("spans of time", () => {
    expect([
      ago(100, 100.5),
      ago(100, 103),
      ago(0, 100),
      ago(undefined, 1),
      ago(1, 3601),
      ago(1, 1 + 86400 * 40),
    ]).toEqual(["< 1 second", "3 secs ago", "-", "-", "1 hr ago", "1 mo ago"]);
    expect([span(1, 1), span(1, 3744), span(null, 5), span(1, 1 + 86400 * 31)]).toEqual([
      "0s",
      "1h 2m 23s",
      "-",
      "1mo 1d",
    ]);
  });

  test("colours follow the terminal, NO_COLOR and FORCE_COLOR", () => {
    expect([
      wantsColour({}, true),
      wantsColour({}, false),
      wantsColour({ NO_COLOR: "1" }, true),
      wantsColour({ FORCE_COLOR: "1", NO_COLOR: "1" }, false),
      wantsColour({ TERM: "dumb" }, true),
    ]).toEqual([true, false, false, true, false]);
  });

  test("a line break or an escape in what somebody wrote stays one line, and moves no cursor", () => {
    const error = new StixError({ code: "usage", message: "'a\nb\u001b[31m' is no name", hint: "stix down 'a\r\nb'" });

    expect(renderError(shownError(error, "stix"), false)).toBe(
      "error: 'a\\nb\\x1b[31m' is no name\ntry: stix down 'a\\r\\nb'\n",
    );
  });

  test("an error is at most four lines, in the words of the name we were called by", () => {
    const error = new StixError({
      code: "cluster-not-up",
      message: "cluster 'x' is STOPPED",
      hint: "stix start x",
      details: { why: "it was stopped", requestId: "r-1" },
    });

    expect(renderError(shownError(error, "sky"), false)).toBe(
      "error: cluster 'x' is STOPPED\nwhy: it was stopped\ntry: sky start x\nid: r-1\n",
    );
  });

  test("a mistake of ours shows one line and no stack", () => {
    const shown = renderError(shownError(new TypeError("x is undefined\n    at y"), "stix"), false);

    expect(shown).toStartWith("error: x is undefined\nwhy: a mistake in this program");
    expect(shown).not.toContain("    at ");
  });

  test("markup of control lines is taken off", () => {
    expect(plainText("[bold cyan]Launching[/] [dim]x[/dim] a[0]")).toBe("Launching x a[0]");
  });
});
