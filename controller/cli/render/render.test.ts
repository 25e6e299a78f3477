// Tables, spans of time, colours, errors and the lines of a request's log as people see them.
import { describe, expect, test } from "bun:test";
import { StixError } from "#shared/errors/stix-error.ts";
import { wantsColour } from "./colour.ts";
import { ago, span } from "./duration.ts";
import { renderError, shownError } from "./error.ts";
import { plainText } from "./progress.ts";
import { cut, cutMiddle, renderTable } from "./table.ts";

const plain = { columns: Infinity, colour: false };

describe("cli/render", () => {
  test("a table pads by what is seen, wide letters included", () => {
    expect(renderTable(["NAME", "X"], [["漢字", "1"], ["abcdef", "2"]], plain)).toBe("NAME    X  \n漢字    1  \nabcdef  2  \n");
  });

  test("a table is cut to the terminal, the widest column first", () => {
    const lines = renderTable(["NAME", "COMMAND"], [["train", "x".repeat(100)]], { columns: 40, colour: false }).split("\n");

    expect(lines[1]).toBe(`train  ${"x".repeat(32)}…  `);
  });

  test("cells never break the line", () => {
    expect(renderTable(["A"], [["one\ntwo\tthree"]], plain)).toBe("A              \none two three  \n");
  });

  test("texts are cut at the end or in the middle", () => {
    expect(cut("abcdef", 4)).toBe("abc…");
    expect(cutMiddle("GCP (northamerica-northeast1)", 25)).toBe("GCP (northa...northeast1)");
  });

  test("spans of time", () => {
    expect([ago(100, 100.5), ago(100, 103), ago(0, 100), ago(undefined, 1), ago(1, 3601), ago(1, 1 + 86400 * 40)]).toEqual(["< 1 second", "3 secs ago", "-", "-", "1 hr ago", "1 mo ago"]);
    expect([span(1, 1), span(1, 3744), span(null, 5), span(1, 1 + 86400 * 31)]).toEqual(["0s", "1h 2m 23s", "-", "1mo 1d"]);
  });

  test("colours follow the terminal, NO_COLOR and FORCE_COLOR", () => {
    expect([wantsColour({}, true), wantsColour({}, false), wantsColour({ NO_COLOR: "1" }, true), wantsColour({ FORCE_COLOR: "1", NO_COLOR: "1" }, false), wantsColour({ TERM: "dumb" }, true)]).toEqual([true, false, false, true, false]);
  });

  test("an error is at most four lines, in the words of the name we were called by", () => {
    const error = new StixError({ code: "cluster-not-up", message: "cluster 'x' is STOPPED", hint: "stix start x", details: { why: "it was stopped", requestId: "r-1" } });

    expect(renderError(shownError(error, "sky"), false)).toBe("error: cluster 'x' is STOPPED\nwhy: it was stopped\ntry: sky start x\nid: r-1\n");
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
